import type { Server } from 'node:net'

/**
 * The most connections that the kernel keeps ready until the process accepts them. Node's default
 * is 511. The kernel drops further connection requests, and clients repeat them only after 1, 3, 7,
 * 15, 31 and 63 s. So a minute would pass until thousands of clients are back after a restart.
 * Linux lowers the number to `net.core.somaxconn`, which is 4,096 by default.
 */
export const listenBacklog = 4_096

/** Listens with `listenBacklog`. @throws the server's error, such as EADDRINUSE */
export async function listen(server: Server, at: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...at, backlog: listenBacklog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
