import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BareClient, type Frame } from '../src/bare-client.ts'
import { newName } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

const folder = join(import.meta.dirname, '../../libs/protocol/fixtures/server')
const fixture = (type: string): unknown =>
  JSON.parse(readFileSync(join(folder, `${type}.json`), 'utf8'))
/** Frames for a stopping server, for a lagging socket, and for a client that asks for batches. */
const rare = ['batch', 'channel_head', 'server_draining']
/** Objects whose keys are data. */
const maps = new Set(['channels', 'reactions', 'metadata'])
/** Fields that a frame may have or not, depending on the moment. */
const sometimes = new Set(['requestId', 'text', 'lastMessage', 'topic', 'by', 'reactions'])

/** The fields of a frame and their types, without their values. */
function shapeOf(value: unknown, key = ''): unknown {
  if (value === null) return 'null or text'
  if (Array.isArray(value)) return ['list', ...value.slice(0, 1).map((item) => shapeOf(item))]
  if (typeof value === 'string' && key === 'lastSeen') return 'null or text'
  if (typeof value !== 'object') return typeof value
  const entries = Object.entries(value)
  if (maps.has(key)) return ['map', ...entries.slice(0, 1).map(([, item]) => shapeOf(item))]
  const fields = entries.filter(([field]) => !sometimes.has(field))
  return Object.fromEntries(fields.map(([field, item]) => [field, shapeOf(item, field)]))
}

describe('the examples of the protocol document', () => {
  let world: World
  let sent: Map<string, Frame>
  const clients: BareClient[] = []

  beforeAll(async () => {
    world = await startWorld({ RATE_LIMIT_SOCKET_REQUEST_BURST: '1000' })
    const ada = await BareClient.registered(world.url, 'ada')
    const grace = await BareClient.registered(world.url, 'grace')
    clients.push(ada, grace)
    await converse(ada, grace)
    // Only a later connection gets a list that is not empty.
    const again = await BareClient.connect(ada.session, { session: 'again' })
    clients.push(again)
    sent = new Map()
    const frames = [again, ada, grace].flatMap(({ frames: each }) => each)
    for (const frame of frames) if (!sent.has(frame.type)) sent.set(frame.type, frame)
  }, 30_000)
  afterAll(async () => {
    for (const client of clients) client.terminate()
    await world.close()
  })

  const types = readdirSync(folder).map((file) => file.replace(/\.json$/, ''))

  it.each(types.filter((type) => !rare.includes(type)))(
    'the example of %s has the fields that a server sends',
    (type) => {
      expect(shapeOf(sent.get(type))).toEqual(shapeOf(fixture(type)))
    },
  )
})

/** Makes the server send nearly every frame, in the order in which the examples were taken. */
async function converse(ada: BareClient, grace: BareClient): Promise<void> {
  const name = newName('lobby')
  const { channelId } = await grace.request({ type: 'create_channel', kind: 'public', name })
  await grace.request({ type: 'chat_message', channelId, content: 'anybody here?' })
  await ada.request({ type: 'join_channel', name })
  const text = { content: 'hello', metadata: { mood: 'good' } }
  const { seq } = await ada.request({ type: 'chat_message', channelId, ...text, clientSeq: 1 })
  const numbered = (clientSeq: number, frame: Record<string, unknown>) =>
    ada.request({ channelId, clientSeq, ...frame })
  await numbered(2, { type: 'edit_message', seq, content: 'hello, everybody' })
  await numbered(3, { type: 'add_reaction', seq: 2, emoji: '👍' })
  await numbered(4, { type: 'remove_reaction', seq: 2, emoji: '👍' })
  await ada.request({ type: 'mark_channel_read', channelId, seq })
  await ada.request({ type: 'sync', channels: { [channelId]: seq } })
  const made = { name: 'Engines', participants: [grace.username], clientKey: newName() }
  const group = (await ada.request({ type: 'create_channel', ...made })).channelId
  const inGroup = (clientSeq: number, frame: Record<string, unknown>) =>
    ada.request({ channelId: group, clientSeq, ...frame })
  await inGroup(1, { type: 'set_role', username: grace.username, role: 'admin' })
  await inGroup(2, { type: 'update_channel', topic: 'analytical ones' })
  const gone = await inGroup(3, { type: 'chat_message', content: 'never mind' })
  await inGroup(4, { type: 'delete_message', seq: gone.seq })
  await inGroup(5, { type: 'remove_participant', username: grace.username })
  await ada.request({ type: 'add_participants', channelId: group, participants: [grace.username] })
  await ada.request({ type: 'status_update', status: 'busy', text: 'in a meeting' })
  await ada.request({ type: 'subscribe', userIds: [grace.username] })
  await ada.request({ type: 'unsubscribe', userIds: [grace.username] })
  await ada.request({ type: 'heartbeat' })
  grace.send({ type: 'typing', channelId })
  await ada.next((frame) => frame.type === 'typing')
  await ada.request({ type: 'join_channel', name: newName('nowhere') })
  await numbered(5, { type: 'leave_channel' })
}
