import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, newName } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

describe('names', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient

  beforeAll(async () => {
    world = await startWorld()
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
  })
  afterAll(async () => {
    for (const client of [ann, bob]) client.terminate()
    await world.close()
  })

  const create = (name: string) => ann.request({ type: 'create_channel', kind: 'public', name })
  const find = async (query: string, page = '') => {
    const { body } = await call(
      world.url,
      'GET',
      `/channels/public?query=${encodeURIComponent(query)}${page}`,
      { token: bob.session.sessionToken },
    )
    return body.channels.map(({ channelId }) => channelId)
  }

  it.each([
    ['invisible letters', 'lob\u200Bby'],
    ['controls', 'lob\u001B[2Jby'],
    ['nothing to see', '\u3164\u2800'],
    ['a blank at the end', 'lobby '],
    ['a person’s sign', '@bob'],
    ['a room’s sign', '#lobby'],
  ])('a channel name may not have %s', async (_what, name) => {
    for (const kind of ['public', 'group'])
      expect(await ann.request({ type: 'create_channel', kind, name })).toMatchObject({
        type: 'error',
        code: 'invalid_input',
      })
  })

  it('display names, topics and status texts follow the rule of names', async () => {
    const token = ann.session.sessionToken
    const displayName = 'Bo\u202Eb'
    const body = { displayName }
    expect(await call(world.url, 'PATCH', '/users/me', { token, body })).toMatchObject({
      status: 400,
    })
    const { channelId } = await ann.request({ type: 'create_channel', name: 'g' })
    for (const frame of [
      { type: 'update_channel', channelId, topic: 'a\nb' },
      { type: 'update_channel', channelId, name: 'a\u200Bb' },
      { type: 'status_update', status: 'away', text: '\u2800' },
    ])
      expect(await ann.request(frame)).toMatchObject({ code: 'invalid_input' })
  })

  it('public names that look the same lead to the same channel', async () => {
    const name = newName('Lobby')
    const { channelId } = await create(name)
    const twins = [
      name.toUpperCase(),
      name.replace('o', '\u043E'),
      name.replace('L', '\uFF2C'),
      name.replace('Lobby', 'Lobbу'),
    ]
    for (const twin of twins) {
      expect(await create(twin)).toMatchObject({ type: 'error', code: 'name_taken', channelId })
      expect(await bob.request({ type: 'join_channel', name: twin })).toMatchObject({
        type: 'channel_joined',
        channelId,
      })
    }
    const posing = name.toLowerCase().replace('l', 'I')
    expect(await create(posing)).toMatchObject({ code: 'name_taken', channelId })
  })

  it('only one of two public names that look the same is created', async () => {
    const name = newName('Twin')
    const looksLike = name.replace('i', '\u0456')
    const made = await Promise.all([
      ann.request({ type: 'create_channel', kind: 'public', name }),
      bob.request({ type: 'create_channel', kind: 'public', name: looksLike }),
    ])
    expect(made.map(({ type }) => type).sort()).toEqual(['channel_created', 'error'])
    expect(new Set(made.map(({ channelId }) => channelId)).size).toBe(1)
  })

  it('a public name changes only in spelling', async () => {
    const name = newName('Spelt')
    const { channelId } = await create(name)
    const rename = (to: string) => ann.request({ type: 'update_channel', channelId, name: to })
    expect(await rename(name.toUpperCase())).toMatchObject({ type: 'channel_updated' })
    expect(await rename(newName('Other'))).toMatchObject({ code: 'invalid_input' })
  })

  it('public channels are found by the beginnings of their words in any order', async () => {
    const word = newName('apollo')
    const { channelId } = await create(`Project Café ${word}`)
    for (const query of [
      word,
      word.slice(0, -1).toUpperCase(),
      `${word} proj`,
      `cafe ${word}`,
      `#${word}`,
    ])
      expect(await find(query)).toEqual([channelId])
    expect(await find(word.slice(1))).toEqual([])
    expect(await find(`${word} other`)).toEqual([])
  })

  it('public channels are listed in pages, each channel once', async () => {
    const word = newName('page')
    const made: string[] = []
    for (const end of ['c', 'a', 'b']) made.push((await create(`${word} ${word} ${end}`)).channelId)
    const [c, a, b] = made
    expect(await find(word, '&limit=2')).toEqual([a, b])
    expect(await find(word, `&limit=2&after=${b}`)).toEqual([c])
    expect(await find(word, `&limit=2&after=${c}`)).toEqual([])
  })

  it('a message must have something visible, and is kept unchanged', async () => {
    const { channelId } = await ann.request({ type: 'create_channel', name: 'g' })
    const say = (content: string) => ann.request({ type: 'chat_message', channelId, content })
    for (const content of [' ', '\u200B', '\n\t', '\u2800', '\uFEFF'])
      expect(await say(content)).toMatchObject({ type: 'error', code: 'invalid_input' })
    const kept = '  \uFEFFa\u2028b \u200F\n '
    const { seq } = await say(kept)
    const { body } = await call(world.url, 'GET', `/channels/${channelId}/messages/${seq}`, {
      token: ann.session.sessionToken,
    })
    expect(body.content).toBe(kept)
  })

  it('a user has one channel of notes, which no other user can enter', async () => {
    const notes = () => ann.request({ type: 'create_channel', participants: [ann.username] })
    const { channelId, channel } = await notes()
    expect(channel).toMatchObject({ kind: 'group', name: null, memberCount: 1, notes: true })
    expect(await notes()).toMatchObject({ type: 'channel_created', channelId })
    const participants = [ann.username, ann.username]
    for (const more of [{ clientKey: newName() }, { kind: 'direct' }, { participants }])
      expect(
        await ann.request({ type: 'create_channel', participants: [ann.username], ...more }),
      ).toMatchObject({ type: 'channel_created', channelId })
    expect(await ann.request({ type: 'leave_channel', channelId })).toMatchObject({
      code: 'forbidden',
    })
    const add = { type: 'add_participants', channelId, participants: [bob.username] }
    expect(await ann.request(add)).toMatchObject({ code: 'forbidden' })
    expect(
      await ann.request({ type: 'create_channel', participants: [], clientKey: '_notes' }),
    ).toMatchObject({ code: 'invalid_input' })
  })

  it.each(['{"id":1234567890123456789}', '{"id":0.12345678901234567890}', '{"a":1,"a":2}'])(
    'metadata that cannot come back unchanged are refused: %s',
    async (metadata) => {
      const { channelId } = await ann.request({ type: 'create_channel', name: 'g' })
      const answer = await fetch(`${world.url}/channels/${channelId}/messages`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${ann.session.sessionToken}`,
        },
        body: `{"content":"x","metadata":${metadata}}`,
      })
      expect(answer.status).toBe(400)
      const frame = `{"type":"chat_message","requestId":"inexact","channelId":"${channelId}","content":"x","metadata":${metadata}}`
      ann.sendRaw(frame)
      expect(await ann.next(({ requestId }) => requestId === 'inexact')).toMatchObject({
        code: 'invalid_input',
      })
    },
  )
})
