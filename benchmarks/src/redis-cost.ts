import { connect } from 'node:net'

/** The work of a Redis so far. */
export interface RedisCost {
  /** Commands, including those inside scripts. */
  commands: number
  cpuSeconds: number
}

export async function redisCost(url: string): Promise<RedisCost> {
  const { hostname, port } = new URL(url)
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('INFO all\r\nQUIT\r\n'))
    let answer = ''
    socket.setEncoding('utf8').on('data', (data: string) => (answer += data))
    socket.on('error', reject).on('close', () => resolve(answer))
  })
  const sumOf = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0)
  return {
    commands: sumOf(/^cmdstat_[^:]+:calls=(\d+)/gm),
    cpuSeconds: sumOf(/^used_cpu_(?:sys|user):([\d.]+)/gm),
  }
}
