import { setTimeout as delay } from 'node:timers/promises'
import type { EventRow } from '@rookery/domain'
import type { Cluster } from '@rookery/cluster'
import type { LoggedRecord, MessageLog } from '@rookery/log'
import { openKafkaLog } from '@rookery/log/kafka'
import { openCassandraStore } from '@rookery/message-store/cassandra'
import type { Evidence, Listing, Pages, Reading } from '../checker/evidence.ts'
import { truthOf, type Truth } from '../checker/truth.ts'
import type { EventView, History, ReadMessage } from '../history.ts'
import type { Actor } from '../users/actor.ts'
import { BareSocket, type BareSocketHandler } from '../users/bare-socket.ts'

/** Where the log ended when a run began, by partition. */
export type LogStarts = ReadonlyMap<number, number>

const page = 500
const readWithinMs = 20_000
const askAgainMs = 500

export async function logStarts(cluster: Cluster): Promise<LogStarts> {
  const log = await openLog(cluster)
  try {
    const starts = new Map<number, number>()
    for (let partition = 0; partition < log.partitionCount; partition += 1)
      starts.set(partition, (await log.bounds(partition)).end)
    return starts
  } finally {
    await log.close()
  }
}

/**
 * Reads back the results of a run: the log, the rows, and what every member reads through every
 * server.
 */
export async function collect(
  cluster: Cluster,
  { actors, history, starts, slack }: CollectOptions,
): Promise<Evidence> {
  const log = await openLog(cluster)
  try {
    const truth = ofThisRun(
      truthOf(log.epoch.number, await recordsOf(log, starts)),
      actors,
      history,
    )
    const [stored, readings, pages, listings] = [
      await storedRows(cluster, log, truth),
      await readingsOf(cluster, actors, truth),
      await pagesOf(cluster, actors, truth),
      await listingsOf(cluster, actors),
    ]
    const clockOffsetMs = Date.now() - performance.now()
    return { history, truth, stored, readings, pages, listings, clockOffsetMs, slack }
  } finally {
    await log.close()
  }
}

export interface CollectOptions {
  actors: readonly Actor[]
  history: History
  starts: LogStarts
  slack: number
}

/** Leaves out the channels of the users that some faults create. */
function ofThisRun(truth: Truth, actors: readonly Actor[], history: History): Truth {
  const asked = new Set(
    history.entries.map((entry) => (entry.kind === 'invoked' ? entry.operation.channelId : '')),
  )
  const ours = [...truth.channels].filter(
    ([channelId, { spans }]) => asked.has(channelId) || actors.some(({ name }) => spans.has(name)),
  )
  return { ...truth, channels: new Map(ours) }
}

function openLog({ env }: Cluster): Promise<MessageLog> {
  return openKafkaLog({
    brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'checker',
    partitionCount: Number(env['KAFKA_PARTITIONS'] ?? 0),
  })
}

async function recordsOf(log: MessageLog, starts: LogStarts): Promise<Map<number, LoggedRecord[]>> {
  const all = new Map<number, LoggedRecord[]>()
  for (const [partition, start] of starts) {
    const { end } = await log.bounds(partition)
    const records: LoggedRecord[] = []
    for (let from = start; from < end;) {
      const some = await log.read(partition, from, page)
      const last = some.at(-1)
      if (last === undefined) break
      records.push(...some)
      from = last.offset + 1
    }
    all.set(partition, records)
  }
  return all
}

async function storedRows(
  { env }: Cluster,
  log: MessageLog,
  { channels }: Truth,
): Promise<Map<string, EventRow[]>> {
  const store = await openCassandraStore({
    contactPoints: (env['CASSANDRA_CONTACT_POINTS'] ?? '').split(','),
    localDataCenter: env['CASSANDRA_LOCAL_DATACENTER'] ?? 'datacenter1',
    keyspace: env['CASSANDRA_KEYSPACE'] ?? 'rookery',
    replicationFactor: 1,
    logEpoch: log.epoch,
  })
  try {
    const stored = new Map<string, EventRow[]>()
    for (const channelId of channels.keys()) {
      const rows: EventRow[] = []
      for (let more = true; more;) {
        const some = await store.events(channelId, { after: rows.at(-1)?.seq ?? 0, limit: page })
        rows.push(...some)
        more = some.length > 0
      }
      stored.set(channelId, rows)
    }
    return stored
  } finally {
    await store.close()
  }
}

/** Every member's full history of every channel, through every chat server. */
async function readingsOf(
  cluster: Cluster,
  actors: readonly Actor[],
  truth: Truth,
): Promise<Reading[]> {
  const readings: Reading[] = []
  const servers = cluster.of('chat-server')
  for (const actor of actors) {
    const channelIds = channelsOf(truth, actor.name)
    const each = servers.map(async ({ name: by, port }) => {
      const histories = await syncAll(`ws://127.0.0.1:${port}`, actor, channelIds)
      return [...histories].map(([channelId, events]) => ({
        channelId,
        user: actor.name,
        by,
        events,
      }))
    })
    readings.push(...(await Promise.all(each)).flat())
  }
  return readings
}

function channelsOf({ channels }: Truth, user: string): string[] {
  return [...channels.values()]
    .filter(({ spans }) => spans.get(user)?.at(-1)?.leftSeq === null)
    .map(({ channelId }) => channelId)
}

/** Reads all events of the channels over a new socket. */
async function syncAll(
  url: string,
  { token, name }: Actor,
  channelIds: readonly string[],
): Promise<Map<string, EventView[]>> {
  const events = new Map(channelIds.map((channelId): [string, EventView[]] => [channelId, []]))
  const authenticate = { token, deviceId: `device-of-${name}`, session: `reader-of-${url}` }
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer)
      socket.close()
      reject(new Error(`${name} could not read back through ${url}: ${why}`))
    }
    const timer = setTimeout(() => fail('it took more than 20 s'), readWithinMs)
    const ask = (ids: readonly string[]): void => {
      if (ids.length === 0) {
        clearTimeout(timer)
        socket.close()
        return resolve()
      }
      const lasts = ids.map((id) => [id, events.get(id)?.at(-1)?.seq ?? 0])
      socket.send({ type: 'sync', requestId: 'read', channels: Object.fromEntries(lasts) })
    }
    const handler: BareSocketHandler = {
      ready: () => ask(channelIds),
      frame: (frame) => {
        if (frame.requestId !== 'read') return
        if (frame.type === 'error') return fail(frame.code ?? '')
        const parts = frame['channels'] as Record<string, { events?: EventView[]; more?: boolean }>
        const more: string[] = []
        let progress = false
        for (const [channelId, part] of Object.entries(parts)) {
          if (part.events === undefined) return fail(JSON.stringify(part))
          events.get(channelId)?.push(...part.events)
          if (part.more === true) more.push(channelId)
          progress ||= part.events.length > 0
        }
        // After a gap in the rows no more events would ever come.
        if (!progress) return ask([])
        ask(more)
      },
      ended: ({ code, fatal }) => fail(`${code} ${fatal ?? ''}`),
    }
    const socket = new BareSocket(url, authenticate, handler, { patient: true })
  })
  return events
}

/** All messages of every channel as they are now, as one member reads them through every api. */
async function pagesOf(cluster: Cluster, actors: readonly Actor[], truth: Truth): Promise<Pages[]> {
  const pages: Pages[] = []
  for (const { name: by, port } of cluster.of('api'))
    for (const { channelId } of truth.channels.values()) {
      const reader = actors.find(({ name }) => channelsOf(truth, name).includes(channelId))
      if (reader === undefined) continue
      const messages: ReadMessage[] = []
      for (let more = true; more;) {
        const after = messages.at(-1)?.seq ?? 0
        const path = `/channels/${channelId}/messages?limit=100&after=${after}`
        const some = (await get(port, path, reader))['messages'] as ReadMessage[]
        messages.push(...some)
        more = some.length > 0
      }
      pages.push({ channelId, user: reader.name, by, messages })
    }
  return pages
}

async function listingsOf(cluster: Cluster, actors: readonly Actor[]): Promise<Listing[]> {
  const each = cluster.of('api').flatMap(({ name: by, port }) =>
    actors.map(async (actor) => {
      const channels = (await get(port, '/channels', actor))['channels'] as Listing['channels']
      return { user: actor.name, by, channels }
    }),
  )
  return Promise.all(each)
}

/** Repeats a GET that is refused for the moment, because the api is under load. */
async function get(
  port: number,
  path: string,
  { token, name }: Actor,
): Promise<Record<string, unknown>> {
  const deadline = performance.now() + readWithinMs
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(readWithinMs),
    })
    if (response.ok) return (await response.json()) as Record<string, unknown>
    if (response.status !== 503 || performance.now() > deadline)
      throw new Error(`${name} got ${response.status} for ${path}`)
    await delay(askAgainMs)
  }
}
