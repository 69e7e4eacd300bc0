import { BareClient } from '../bare-client.ts'
import { evaluate } from '../faults/kinds/redis.ts'
import { setting } from '../faults/kinds/victim.ts'
import { newName, register } from '../rest.ts'
import { must, type Scenario, seconds } from './scenario.ts'

const times = 5
const boundMs = 10_000

/**
 * The push of a channel's last message never comes, and no later event shows the gap.
 */
export const lostPush: Scenario = {
  name: 'a lost push of the last message',
  run: async (cluster) => {
    const ports = cluster.of('chat-server').map(({ port }) => `ws://127.0.0.1:${port}`)
    const [ann, bob] = await Promise.all(
      [0, 1].map(async (i) => {
        const session = await register(cluster.url, newName())
        return BareClient.connect({ ...session, socketUrl: ports[i % ports.length] ?? '' })
      }),
    )
    if (ann === undefined || bob === undefined) throw new Error('there are no clients')
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    await bob.event(channelId, 1)
    const redis = setting(cluster, 'REDIS_URL')
    const tookMs: number[] = []
    for (let i = 0; i < times; i += 1) {
      // Without the interest, only the sender's own server gets the push.
      await evaluate(redis, `redis.call('DEL', '{rookery}:interest:${channelId}')`)
      const { seq } = await ann.request({
        type: 'chat_message',
        channelId,
        content: 'the last one',
      })
      const begun = performance.now()
      await bob.next((frame) => frame.channelId === channelId && frame.seq === seq, 2 * boundMs)
      tookMs.push(performance.now() - begun)
    }
    for (const client of [ann, bob]) client.terminate()
    const slowestMs = Math.max(...tookMs)
    must(slowestMs < boundMs, `the repair took ${seconds(slowestMs)}`)
    return `repaired after ${tookMs.map(seconds).join(', ')}`
  },
}
