import type { Server } from 'node:net'

/**
 * Connections that the kernel keeps ready until the process takes them. Node's default is 511.
 * Beyond it the kernel drops connection requests, and clients repeat them only after 1, 3, 7, 15,
 * 31 and 63 s, so a minute passes until thousands of clients have come back after a restart.
 * Linux lowers it to `net.core.somaxconn`, which is 4,096 by default.
 */
export const listenBacklog = 4_096

/** Listens with that backlog. @throws the server's error, such as EADDRINUSE */
export async function listen(server: Server, at: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...at, backlog: listenBacklog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
