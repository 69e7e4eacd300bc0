import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { BareClient, type Frame } from '../../bare-client.ts'
import { newName, register } from '../../rest.ts'
import type { Fault } from '../fault.ts'
import { Crowd } from './crowd.ts'

const goesOn = { boundMs: 10_000, measuredFrom: 'apply' } as const

/** Hundreds of sockets break together, and all of them come back within a second. */
export function reconnectStorm(sockets: number): Fault {
  return {
    name: `${sockets} sockets reconnect within 1 s`,
    ...goesOn,
    holdMs: 0,
    apply: async ({ cluster }) => {
      const crowd = await Crowd.register(cluster.url, sockets)
      await crowd.connect(10_000)
      crowd.drop()
      const back = crowd.connect(1_000)
      return async () => {
        await back
        crowd.drop()
      }
    },
  }
}

/** Readers stay connected and read nothing while their channel is flooded. */
export function readersStop(sockets: number): Fault {
  return {
    name: `${sockets} readers stop reading`,
    ...goesOn,
    holdMs: 15_000,
    apply: async ({ cluster }) => {
      const crowd = await Crowd.register(cluster.url, sockets)
      const writer = await BareClient.registered(cluster.url)
      const { channelId } = await writer.request({
        type: 'create_channel',
        name: 'flood',
        participants: crowd.usernames,
      })
      await crowd.connect(10_000)
      for (const client of crowd.clients) client.pause()
      const flood = { on: true }
      const content = 'x'.repeat(4_000)
      const flooding = (async () => {
        while (flood.on) {
          await writer.request({ type: 'chat_message', channelId, content })
          await delay(10)
        }
      })()
      return async () => {
        flood.on = false
        await flooding
        crowd.drop()
        writer.terminate()
      }
    },
  }
}

/**
 * The same (session, clientSeq) is sent a hundred times over two servers, and again after all
 * dispatchers were restarted.
 */
export function sameSendRepeated(): Fault {
  const times = 100
  return {
    name: `one send repeated ${times} times over two servers, and again after a restart of the dispatchers`,
    ...goesOn,
    holdMs: 0,
    apply: async ({ cluster }) => {
      const ann = await register(cluster.url, newName('repeat'))
      const session = randomUUID()
      const servers = cluster.of('chat-server').map(({ port }) => `ws://127.0.0.1:${port}`)
      const clients = await Promise.all(
        servers.slice(0, 2).map((socketUrl, i) =>
          // Two devices: a socket of the same device and session would replace the other.
          BareClient.connect({ ...ann, socketUrl }, { deviceId: `d${i}`, session }),
        ),
      )
      const [first] = clients
      if (first === undefined) throw new Error('there is no chat server')
      const { channelId } = await first.request({
        type: 'create_channel',
        name: 'repeats',
        participants: [],
      })
      const frame = { type: 'chat_message', channelId, clientSeq: 1, content: 'only once' }
      const seqs = new Set<number>()
      const repeat = async (by: readonly BareClient[]): Promise<void> => {
        await Promise.all(
          Array.from({ length: times }, async (_, i) => {
            const client = by[i % by.length] as BareClient
            for (;;) {
              const answer: Frame = await client.request(frame)
              if (answer.type === 'message_ack') {
                seqs.add(answer.seq)
                return
              }
              if (answer.retryAfterMs === undefined) throw new Error(JSON.stringify(answer))
              await delay(answer.retryAfterMs)
            }
          }),
        )
      }
      await repeat(clients)
      return async () => {
        for (const dispatcher of cluster.of('dispatcher')) {
          await dispatcher.stop()
          dispatcher.start()
          await dispatcher.ready(60_000)
        }
        await repeat(clients)
        const { events } = await first.sync(channelId, 0)
        const shown = events.filter((event) => event.type === 'chat_message').map(({ seq }) => seq)
        for (const client of clients) client.terminate()
        if (seqs.size !== 1 || shown.length !== 1 || !seqs.has(shown[0] ?? 0))
          throw new Error(
            `one send was acked as ${[...seqs].join()} and is stored as ${shown.join()}`,
          )
      }
    },
  }
}
