import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

describe('a request that was accepted, and is sent again because its answer was lost', () => {
  let world: World
  let ann: BareClient
  let bob: BareClient
  let channelId: string

  beforeAll(async () => {
    world = await startWorld()
    ann = await BareClient.registered(world.url, 'ann')
    bob = await BareClient.registered(world.url, 'bob')
    const participants = [bob.username]
    const room = { type: 'create_channel', kind: 'group', name: 'repeats', participants }
    ;({ channelId } = await ann.request(room))
  })
  afterAll(async () => {
    ann.terminate()
    bob.terminate()
    await world.close()
  })

  it('a repeat is answered with the same seq after its message was deleted', async () => {
    const said = await bob.request({ type: 'chat_message', channelId, content: 'hi', clientSeq: 1 })
    const { seq } = said
    const edit = { type: 'edit_message', channelId, seq, content: 'ho', clientSeq: 2 }
    const reaction = { type: 'add_reaction', channelId, seq, emoji: '👍', clientSeq: 3 }
    const edited = await bob.request(edit)
    const reacted = await bob.request(reaction)
    await ann.request({ type: 'delete_message', channelId, seq })
    expect(await bob.request(edit)).toMatchObject({ type: 'message_edited', seq: edited.seq })
    expect(await bob.request(reaction)).toMatchObject({ type: 'reaction_added', seq: reacted.seq })
    const never = { ...edit, clientSeq: 4 }
    expect(await bob.request(never)).toMatchObject({ type: 'error', code: 'not_found' })
  })

  it('a repeat is answered with the same seq after its sender lost the role', async () => {
    const username = bob.username
    const update = { type: 'update_channel', channelId, topic: 'by an admin', clientSeq: 5 }
    await ann.request({ type: 'set_role', channelId, username, role: 'admin' })
    const updated = await bob.request(update)
    const { seq } = await ann.request({ type: 'set_role', channelId, username, role: 'member' })
    await bob.event(channelId, seq)
    expect(await bob.request(update)).toMatchObject({ type: 'channel_updated', seq: updated.seq })
    const never = { ...update, clientSeq: 6 }
    expect(await bob.request(never)).toMatchObject({ type: 'error', code: 'forbidden' })
  })

  it('a repeat is answered with the same seq after its sender or target was removed', async () => {
    const message = { type: 'chat_message', channelId, content: 'the last', clientSeq: 7 }
    const removal = {
      type: 'remove_participant',
      channelId,
      username: bob.username,
      clientSeq: 1,
    }
    const said = await bob.request(message)
    const removed = await ann.request(removal)
    await bob.next(({ type }) => type === 'channel_left')
    expect(await bob.request(message)).toMatchObject({ type: 'message_ack', seq: said.seq })
    expect(await ann.request(removal)).toMatchObject({ type: 'participant_left', seq: removed.seq })
    for (const other of [
      { ...message, content: 'another text' },
      { ...message, clientSeq: 8 },
    ])
      expect(await bob.request(other)).toMatchObject({ type: 'error', code: 'not_found' })
    const again = { ...removal, clientSeq: 2 }
    expect(await ann.request(again)).toMatchObject({ type: 'error', code: 'not_found' })
  })

  it('a repeated leave is answered like the first one', async () => {
    await ann.request({ type: 'add_participants', channelId, participants: [bob.username] })
    const leave = { type: 'leave_channel', channelId, clientSeq: 9 }
    expect(await bob.request(leave)).toMatchObject({ type: 'channel_left' })
    expect(await bob.request(leave)).toMatchObject({ type: 'channel_left' })
  })

  it('a repeat by REST is answered like the first one after its sender was removed', async () => {
    await ann.request({ type: 'add_participants', channelId, participants: [bob.username] })
    const produce = async (content: string) =>
      call(world.url, 'POST', `/channels/${channelId}/messages`, {
        token: bob.session.sessionToken,
        body: { content, session: 'rest', clientSeq: 1 },
      })
    const first = await produce('by REST')
    expect(first).toMatchObject({ body: { channelId } })
    await ann.request({ type: 'remove_participant', channelId, username: bob.username })
    const { status, body } = await produce('by REST')
    expect({ status, body }).toEqual({ status: first.status, body: first.body })
    expect(await produce('another text')).toMatchObject({ status: 404 })
  })
})
