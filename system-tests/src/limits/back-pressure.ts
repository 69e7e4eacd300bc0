import type { EngineName } from '@rookery/engines'
import { setTimeout as delay } from 'node:timers/promises'
import { BareClient, type Frame } from '../bare-client.ts'
import { enginesOf } from '../faults/kinds/victim.ts'
import { metric, must, type Scenario, seconds } from './scenario.ts'

const senders = 20
const sendsEach = 500
/** Unanswered sends at a time when sends are repeated. */
const window = 50
/** 5 s, and some time for a busy machine. */
const boundMs = 8_000
const recoveredMs = 60_000

/**
 * An engine freezes under a flood. Every send is answered in time with a retryable error. No queue
 * grows without a bound, and refused sends are accepted when they are sent again.
 */
export function backPressure(engine: Extract<EngineName, 'kafka' | 'cassandra'>): Scenario {
  return {
    name: `${engine} frozen under ${senders * sendsEach} sends`,
    run: async (cluster) => {
      const engines = enginesOf(cluster)
      const [server] = cluster.of('chat-server')
      if (server === undefined) throw new Error('there is no chat server')
      const writers = await Promise.all(
        Array.from({ length: senders }, () => BareClient.registered(cluster.url)),
      )
      const rooms = await Promise.all(
        writers.map(async (writer) => {
          const made = await writer.request({
            type: 'create_channel',
            name: 'pressed',
            participants: [],
          })
          return { writer, channelId: made.channelId }
        }),
      )
      engines.freeze(engine)
      let slowestMs = 0
      let refused = 0
      let pending = 0
      const watching = setInterval(() => {
        metric(server, 'rookery_chat_pending_sends').then(
          (now) => (pending = Math.max(pending, now)),
          () => undefined,
        )
      }, 500)
      try {
        await Promise.all(
          rooms.map(async ({ writer, channelId }) => {
            const begun = performance.now()
            for (let clientSeq = 1; clientSeq <= sendsEach; clientSeq += 1)
              writer.send({
                type: 'chat_message',
                channelId,
                clientSeq,
                content: textOf(clientSeq),
              })
            const answers = await answered(writer)
            slowestMs = Math.max(slowestMs, performance.now() - begun)
            for (const { type, code, retryAfterMs } of answers) {
              if (type === 'message_ack') continue
              must(retryAfterMs !== undefined, `refused for good: ${String(code)}`)
              refused += 1
            }
          }),
        )
      } finally {
        clearInterval(watching)
        engines.thaw(engine)
      }
      must(refused > 0, 'nothing was refused')
      must(slowestMs < boundMs, `an answer took ${seconds(slowestMs)}`)
      const thawed = performance.now()
      await Promise.all(rooms.map(({ writer, channelId }) => sendAll(writer, channelId)))
      const backMs = performance.now() - thawed
      for (const { writer, channelId } of rooms) {
        const { head } = await writer.sync(channelId, 0)
        must(head === 1 + sendsEach, `${channelId} has ${head} events instead of ${1 + sendsEach}`)
        writer.terminate()
      }
      return `${refused} refused as retryable, the slowest answer after ${seconds(slowestMs)}, at most ${pending} pending on a server; all stored once ${seconds(backMs)} after the thaw`
    },
  }
}

const textOf = (clientSeq: number): string => `pressed ${clientSeq}`

/** Resolves with the answers to all sends, once all have come. */
async function answered(writer: BareClient): Promise<Frame[]> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    const answers = writer.frames.filter(
      ({ type, clientSeq }) =>
        clientSeq !== undefined && (type === 'error' || type === 'message_ack'),
    )
    if (answers.length >= sendsEach) return answers
    await delay(50)
  }
  throw new Error('some sends were never answered')
}

/** Sends all numbers again, some at a time and lowest first, until each has its ack. */
async function sendAll(writer: BareClient, channelId: string): Promise<void> {
  const deadline = performance.now() + recoveredMs
  for (let acked = 0; acked < sendsEach;) {
    const answers = await Promise.all(
      Array.from({ length: Math.min(window, sendsEach - acked) }, (_, i) => {
        const clientSeq = acked + i + 1
        const content = textOf(clientSeq)
        return writer.request({ type: 'chat_message', channelId, clientSeq, content })
      }),
    )
    const refused = answers.findIndex(({ type }) => type !== 'message_ack')
    acked += refused < 0 ? answers.length : refused
    const retryAfterMs = answers[refused]?.retryAfterMs
    must(refused < 0 || retryAfterMs !== undefined, 'a send was refused for good')
    must(performance.now() < deadline, `only ${acked} are stored in time after the thaw`)
    if (retryAfterMs !== undefined) await delay(retryAfterMs)
  }
}
