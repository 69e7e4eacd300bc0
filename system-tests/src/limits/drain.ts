import { setTimeout as delay } from 'node:timers/promises'
import { Crowd } from '../faults/kinds/crowd.ts'
import { must, type Scenario, seconds } from './scenario.ts'

const sockets = 400
const othersWithinMs = 10_000

/**
 * A chat server that is told to stop asks each socket to move at a different time, and ends in
 * order.
 */
export const drain: Scenario = {
  name: `a drain of ${sockets} sockets`,
  run: async (cluster) => {
    const [server] = cluster.of('chat-server')
    if (server === undefined) throw new Error('there is no chat server')
    const crowd = await Crowd.register(cluster.url, sockets)
    await crowd.connect(5_000)
    const here = crowd.clients.filter((client) =>
      client.session.socketUrl.endsWith(`:${server.port}`),
    )
    must(here.length > sockets / 4, `only ${here.length} sockets are on the server`)
    const begun = performance.now()
    const ended = server.stop('SIGTERM')
    const waits = await Promise.all(
      here.map(async (client) => {
        const notice = await client.next((frame) => frame.type === 'server_draining')
        const waitMs = Number(notice['reconnectAfterMs'])
        await delay(waitMs)
        const at = await crowd.move(client)
        must(!at.endsWith(`:${server.port}`), 'a socket was sent back to the server that drains')
        return waitMs
      }),
    )
    const movedMs = performance.now() - begun
    const code = await ended
    const endedMs = performance.now() - begun
    server.start()
    await server.ready(60_000)
    must(code === 0, `the server ended with ${code}`)
    must(endedMs < othersWithinMs, `the server took ${seconds(endedMs)} to end`)
    const quarters = [0, 0, 0, 0]
    for (const waitMs of waits) {
      const quarter = Math.min(3, Math.floor((4 * waitMs) / 2_000))
      quarters[quarter] = (quarters[quarter] ?? 0) + 1
    }
    must(
      Math.min(...quarters) > waits.length / 8,
      `the sockets do not move at different times: ${quarters.join(' : ')}`,
    )
    const lost = crowd.clients.filter((client) => client.closedWith !== null).length
    crowd.drop()
    must(lost === 0, `${lost} sockets were lost`)
    return `${here.length} moved within ${seconds(movedMs)} (by quarters of 2 s: ${quarters.join(' : ')}), exit 0 after ${seconds(endedMs)}`
  },
}
