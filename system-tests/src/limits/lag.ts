import type { ServiceProcess } from '@rookery/cluster'
import { BareClient } from '../bare-client.ts'
import { Crowd } from '../faults/kinds/crowd.ts'
import { newName, register } from '../rest.ts'
import { metric, mib, must, type Scenario, seconds } from './scenario.ts'

const slowSockets = 200
/** More than the buffers of the kernel and 1 MiB in the server hold together. */
const floodMb = 12
const content = 'x'.repeat(4_000)
/** What a socket may hold: 1 MiB until lag mode begins, and the events of one more tick. */
const heldPerSocket = 1.25 * 1024 * 1024
/** What the process may hold besides: caches, and garbage that is not collected yet. */
const restOfProcess = 200 * 1024 * 1024

/**
 * Many sockets stop reading while their channel is flooded. None costs more memory than its bound,
 * and a socket that reads again catches up.
 */
export const lagMode: Scenario = {
  name: `${slowSockets} slow sockets under a flood of ${floodMb} MB`,
  run: async (cluster) => {
    const crowd = await Crowd.register(cluster.url, slowSockets)
    const [ann, bob, cyd] = [
      await BareClient.registered(cluster.url),
      await BareClient.registered(cluster.url),
      await BareClient.registered(cluster.url),
    ]
    const participants = [bob.username, cyd.username, ...crowd.usernames]
    const { channelId } = await ann.request({ type: 'create_channel', name: 'slow', participants })
    await bob.event(channelId, 1)
    await crowd.connect(5_000)
    const servers = cluster.of('chat-server')
    const before = await memory(servers)
    for (const client of [bob, ...crowd.clients]) client.pause()
    let peak = before
    let head = 0
    const rounds = (floodMb * 1_000_000) / content.length / 100
    for (let round = 0; round < rounds; round += 1) {
      const sends = Array.from({ length: 100 }, () =>
        ann.request({ type: 'chat_message', channelId, content }),
      )
      for (const { seq } of await Promise.all(sends)) head = Math.max(head, seq)
      peak = Math.max(peak, await memory(servers))
    }
    await cyd.event(channelId, head)
    const lagged = await total(servers, 'rookery_chat_lagged_total')
    must(lagged >= slowSockets, `only ${lagged} of ${slowSockets} sockets were seen to be slow`)
    const grown = peak - before
    const bound = slowSockets * heldPerSocket + restOfProcess
    must(grown < bound, `memory grew by ${mib(grown)}, more than ${mib(bound)}`)
    const caughtUpMs = await catchUp(bob, channelId, head)
    const { seq } = await ann.request({ type: 'chat_message', channelId, content: 'live again' })
    await bob.event(channelId, seq)
    crowd.drop()
    for (const client of [ann, bob, cyd]) client.terminate()
    return `memory grew by ${mib(grown)} (${mib(grown / slowSockets)} a socket); a socket that read again had all ${head} after ${seconds(caughtUpMs)}`
  },
}

/** A socket that reads nothing for SLOW_READER_TIMEOUT is cut, and not before. */
export const stuckReader: Scenario = {
  name: 'a stuck socket',
  run: async (cluster) => {
    const [ann, bob] = [
      await BareClient.registered(cluster.url),
      await BareClient.connect(await register(cluster.url, newName())),
    ]
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    await bob.event(channelId, 1)
    const servers = cluster.of('chat-server')
    const open = await total(servers, 'rookery_chat_sockets')
    bob.pause()
    const begun = performance.now()
    for (let round = 0; round < 30; round += 1)
      await Promise.all(
        Array.from({ length: 100 }, () =>
          ann.request({ type: 'chat_message', channelId, content }),
        ),
      )
    const floodedMs = performance.now() - begun
    let cutMs = 0
    while (cutMs < 90_000 && (await total(servers, 'rookery_chat_sockets')) >= open) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      cutMs = performance.now() - begun
    }
    ann.terminate()
    bob.terminate()
    must(cutMs - floodedMs < 45_000, `the socket is still open after ${seconds(cutMs)}`)
    return `flooded for ${seconds(floodedMs)}, cut ${seconds(cutMs)} after it stopped reading`
  },
}

/** Reads the buffered events, waits for `channel_head`, and fetches the rest with `sync`. */
async function catchUp(client: BareClient, channelId: string, head: number): Promise<number> {
  const begun = performance.now()
  client.resume()
  const notice = await client.next((frame) => frame.type === 'channel_head', 20_000)
  must(notice.head >= head, `channel_head said ${notice.head}, the head is ${head}`)
  const seen = client.events(channelId).map((event) => event.seq)
  must(
    seen.every((seq, i) => seq === i + 1),
    'the events have a gap',
  )
  for (let last = seen.length; last < head;) {
    const page = await client.sync(channelId, last)
    must(page.events[0]?.seq === last + 1, `no event follows ${last}`)
    last = page.events.at(-1)?.seq ?? head
  }
  return performance.now() - begun
}

const total = async (services: readonly ServiceProcess[], name: string): Promise<number> =>
  (await Promise.all(services.map((service) => metric(service, name)))).reduce((a, b) => a + b, 0)
const memory = (services: readonly ServiceProcess[]): Promise<number> =>
  total(services, 'process_resident_memory_bytes')
