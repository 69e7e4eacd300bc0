import { Crowd } from '../faults/kinds/crowd.ts'
import { metric, must, type Scenario, seconds } from './scenario.ts'

/** All sockets of the platform break together and come back within a second. */
export function storm(sockets: number): Scenario {
  return {
    name: `${sockets} sockets come back within 1 s`,
    run: async (cluster) => {
      const crowd = await Crowd.register(cluster.url, sockets)
      await crowd.connect(sockets * 10)
      const servers = cluster.of('chat-server')
      const refusedBefore = await refusals()
      crowd.drop()
      const begun = performance.now()
      await crowd.connect(1_000)
      const backMs = performance.now() - begun
      const refused = (await refusals()) - refusedBefore
      const open = crowd.clients.filter((client) => client.closedWith === null).length
      must(
        open === crowd.clients.length,
        `${crowd.clients.length - open} sockets were closed again`,
      )
      const each = await Promise.all(
        servers.map((server) => metric(server, 'rookery_chat_sockets')),
      )
      crowd.drop()
      return `all ${open} listed after ${seconds(backMs)}, ${refused} told to try later, spread ${each.join(' : ')}`

      async function refusals(): Promise<number> {
        const counts = servers.map((server) => metric(server, 'rookery_chat_unwelcome_total'))
        return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
      }
    },
  }
}
