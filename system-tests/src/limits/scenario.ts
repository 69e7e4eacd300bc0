import type { Cluster, ServiceProcess } from '@rookery/cluster'

/** `run` resolves with the measurements, in one line. It rejects if a promise is broken. */
export interface Scenario {
  name: string
  run(cluster: Cluster): Promise<string>
}

export function must(held: boolean, what: string): void {
  if (!held) throw new Error(what)
}

/** A value from a service's `/metrics`. Series of the same name are added up. */
export async function metric(service: ServiceProcess, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${service.port}/metrics`)
  const lines = (await response.text()).split('\n')
  const values = lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

export const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
