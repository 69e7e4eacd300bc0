import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { serverLimits } from '@rookery/protocol'
import { BareClient } from '../src/bare-client.ts'
import { call } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

describe('reactions', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient

  beforeAll(async () => {
    world = await startWorld({ RATE_LIMIT_SOCKET_REQUEST_BURST: '1000' })
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
  })
  afterAll(async () => {
    for (const client of [ann, bob]) client.terminate()
    await world.close()
  })

  async function said() {
    const participants = [bob.username]
    const { channelId } = await ann.request({ type: 'create_channel', name: 'g', participants })
    const { seq } = await ann.request({ type: 'chat_message', channelId, content: 'hello' })
    const asked = (client: BareClient, type: string, emoji: string, more = {}) =>
      client.request({ type, channelId, seq, emoji, ...more })
    const now = async () => {
      const path = `/channels/${channelId}/messages/${seq}`
      const { body } = await call(world.url, 'GET', path, { token: ann.session.sessionToken })
      return body as unknown as Record<string, unknown>
    }
    return { channelId, seq, asked, now }
  }

  it('a reaction is an emoji, stored in one spelling', async () => {
    const { asked, now } = await said()
    expect(await asked(bob, 'add_reaction', 'rude')).toMatchObject({ code: 'invalid_input' })
    expect(await asked(bob, 'add_reaction', '👍👍')).toMatchObject({ code: 'invalid_input' })
    expect(await asked(bob, 'add_reaction', '❤')).toMatchObject({ emoji: '❤️' })
    expect(await asked(ann, 'add_reaction', '❤️')).toMatchObject({ emoji: '❤️' })
    expect(await now()).toMatchObject({ reactions: { '❤️': [ann.username, bob.username].sort() } })
    await asked(bob, 'remove_reaction', '❤')
    expect(await now()).toMatchObject({ reactions: { '❤️': [ann.username] } })
  })

  it('the reactions of one user are bounded, even when all are sent together', async () => {
    const { asked, now } = await said()
    const emoji = Array.from({ length: 30 }, (_, i) => String.fromCodePoint(0x1f600 + i))
    const answers = await Promise.all(emoji.map((each) => asked(bob, 'add_reaction', each)))
    expect(answers.filter(({ type }) => type === 'reaction_added')).toHaveLength(
      serverLimits.reactionsPerUser,
    )
    expect(answers.find(({ type }) => type === 'error')).toMatchObject({ code: 'conflict' })
    expect(Object.keys((await now())['reactions'] as object)).toHaveLength(
      serverLimits.reactionsPerUser,
    )
    const [first = ''] = emoji
    await asked(bob, 'remove_reaction', first)
    expect(await asked(bob, 'add_reaction', '🐦')).toMatchObject({ type: 'reaction_added' })
  })

  it('only owners and admins remove reactions of others, and all members are shown it', async () => {
    const { channelId, asked, now } = await said()
    await asked(ann, 'add_reaction', '👎')
    await asked(bob, 'add_reaction', '👎')
    const ofAnn = { username: ann.username }
    expect(await asked(bob, 'remove_reaction', '👎', ofAnn)).toMatchObject({ code: 'forbidden' })
    const removed = await asked(ann, 'remove_reaction', '👎', { username: bob.username })
    expect(removed).toMatchObject({ type: 'reaction_removed', by: bob.username, emoji: '👎' })
    expect(await bob.event(channelId, removed.seq)).toMatchObject({ type: 'reaction_removed' })
    expect(await now()).toMatchObject({ reactions: { '👎': [ann.username] } })
    const again = await asked(ann, 'remove_reaction', '👎', { username: bob.username })
    expect(again).toMatchObject({ type: 'error', code: 'not_found' })
    expect(await now()).toMatchObject({ reactions: { '👎': [ann.username] } })
  })

  it('a deleted message loses its reactions', async () => {
    const { channelId, seq, asked, now } = await said()
    await asked(bob, 'add_reaction', '👍')
    await ann.request({ type: 'delete_message', channelId, seq })
    expect(await now()).not.toHaveProperty('reactions')
  })
})
