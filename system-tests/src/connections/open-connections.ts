import { readFileSync } from 'node:fs'

const established = '01'

/**
 * The number of open connections to each port from processes of this machine, as the Linux kernel
 * counts them.
 */
export function openConnections(ports: readonly number[]): Map<number, number> {
  const counts = new Map(ports.map((port) => [port, 0]))
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, , , remote = '', state] = line.split(/\s+/)
      const port = Number.parseInt(remote.split(':')[1] ?? '', 16)
      const count = counts.get(port)
      // Count the client's end of each connection, at which the engine's port is the remote one.
      if (count !== undefined && state === established) counts.set(port, count + 1)
    }
  return counts
}
