import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { BareClient } from '../src/bare-client.ts'
import { eventually } from '../src/eventually.ts'
import { call } from '../src/rest.ts'
import { startEmbeddedWorld, type World } from '../src/world.ts'

const fixture = join(import.meta.dirname, '../fixtures/first-release')
const password = 'correct-horse-battery-9'

/** Channels that the first release wrote: see the README beside the fixture. */
const team = 'p-63f3bbb3c00cdc79613304103c9fc5f05f12d704'
const odd = 'p-c97f2182478be0081961e44f5bdbd47aace77fe2'
const group = 'g-684e3bb299e14fd750e1675e0c183d8853be79ab'
const direct = 'd-2fec6ccca50b0125e41d6f0632d38c466587f32b'

describe('data of the first release', () => {
  let folder: string
  let world: World
  const clients: BareClient[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rookery-first-release-'))
    for (const name of readdirSync(fixture).filter((file) => file.endsWith('.gz')))
      writeFileSync(
        join(folder, name.replace(/\.gz$/, '')),
        gunzipSync(readFileSync(join(fixture, name))),
      )
    world = await startEmbeddedWorld({ DATA_DIR: folder })
  })
  afterAll(async () => {
    for (const client of clients) client.terminate()
    await world.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function logIn(username: string, secret = password) {
    const { body, status } = await call(world.url, 'POST', '/auth', {
      body: { username, password: secret },
    })
    expect(status).toBe(200)
    const { sessionToken, refreshToken, servers } = body
    const session = { username, sessionToken, refreshToken, socketUrl: servers.chat.url }
    const client = await BareClient.connect(session, { session: `${username}-session` })
    clients.push(client)
    const get = async (path: string) =>
      (await call(world.url, 'GET', path, { token: sessionToken })).body
    return { client, get }
  }

  it('lets users of the first release log in, whichever way the password is typed', async () => {
    for (const typed of ['Zu\u0308rich-e\u0301te\u0301-98', 'Z\u00FCrich-\u00E9t\u00E9-98'])
      expect((await logIn('cat', typed)).client.session.username).toBe('cat')
  })

  it('shows every event and message of the first release unchanged', async () => {
    const { client, get } = await logIn('ann')
    const { events } = await client.sync(team, 0)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect(events.map(({ type }) => type)).toEqual([
      'channel_created',
      'participant_joined',
      'chat_message',
      'chat_message',
      'reaction_added',
      'reaction_added',
      'reaction_added',
      'message_edited',
      'message_deleted',
    ])
    expect((await get(`/channels/${team}/messages`)).messages).toMatchObject([
      {
        seq: 3,
        content: 'hello, edited',
        sentAt: '2026-12-01T04:24:17.547Z',
        reactions: { 'a rude sentence': ['bob'], '❤️': ['ann', 'bob'] },
      },
      { seq: 4, deletedAt: expect.any(String) },
    ])
  })

  it('answers repeats with the seq of the first release, and goes on numbering after it', async () => {
    const { client } = await logIn('bob')
    const said = { type: 'chat_message', channelId: team, content: 'hi ann', clientSeq: 1 }
    expect(await client.request(said)).toMatchObject({ type: 'message_ack', seq: 4 })
    const more = { ...said, content: 'still here', clientSeq: 2 }
    expect(await client.request(more)).toMatchObject({ type: 'message_ack', seq: 10 })
  })

  it('lets users remove old reactions, even if they are no emoji', async () => {
    const { client, get } = await logIn('bob')
    for (const emoji of ['a rude sentence', '❤'])
      await client.request({ type: 'remove_reaction', channelId: team, seq: 3, emoji })
    const message = await get(`/channels/${team}/messages/3`)
    expect(message).toMatchObject({ reactions: { '❤️': ['ann'] } })
  })

  it('lets users join channels by their old names, and finds them by their words', async () => {
    const { client, get } = await logIn('cat', 'Zürich-été-98')
    for (const name of ['Team Room', 'TEAM room'])
      expect(await client.request({ type: 'join_channel', name })).toMatchObject({
        type: 'channel_joined',
        channelId: team,
      })
    const oddly = { type: 'join_channel', name: '#lob\u200Bby ' }
    expect(await client.request(oddly)).toMatchObject({ type: 'channel_joined', channelId: odd })
    await eventually(async () => {
      const { channels } = await get('/channels/public?query=room')
      expect(channels.map(({ channelId }) => channelId)).toEqual([team])
    })
    const all = await get('/channels/public')
    expect(all.channels.map(({ channelId }) => channelId).sort()).toEqual([team, odd].sort())
  })

  it('refuses names that look like old public names, and lets their spelling change', async () => {
    const { client } = await logIn('ann')
    const twin = { type: 'create_channel', kind: 'public', name: 'Te\u0430m Room' }
    await eventually(async () => {
      expect(await client.request(twin)).toMatchObject({ code: 'name_taken', channelId: team })
    })
    const respelt = { type: 'update_channel', channelId: team, name: 'TEAM Room' }
    expect(await client.request(respelt)).toMatchObject({ type: 'channel_updated' })
  })

  it('hands on the channels of an account that the first release deleted', async () => {
    const { get } = await logIn('ann')
    await eventually(async () => {
      const { participants } = await get(`/channels/${group}/participants`)
      expect(participants.map(({ username, role }) => [username, role])).toEqual([
        ['ann', 'owner'],
        ['cat', 'member'],
      ])
    })
    const bob = await logIn('bob')
    const { participants } = await bob.get(`/channels/${direct}/participants`)
    expect(participants).toContainEqual(
      expect.objectContaining({ username: 'gone', deleted: true, role: 'member' }),
    )
  })
})
