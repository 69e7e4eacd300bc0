import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { forever } from '@rookery/accounts'
import type { Message } from '@rookery/protocol'
import { openTestApi, refused, type TestApi } from '../testing/test-api.ts'
import { openTestChannels, type TestChannels } from '../testing/test-channels.ts'

let test: TestApi
let channels: TestChannels
let ann: string
let bob: string
let group: string
beforeEach(async () => {
  test = await openTestApi({ RATE_LIMIT_MESSAGES: '30/1m' })
  channels = await openTestChannels(test)
  ann = await test.enrol('ann')
  bob = await test.enrol('bob')
  group = await channels.group('ann', 'bob')
})
afterEach(async () => {
  await channels.close()
  await test.close()
})

interface Produced {
  channelId: string
  seq: number
  messageId: string
  sentAt: string
}
const produce = (body: unknown, token = ann) =>
  test.call<Produced>(`POST /channels/${group}/messages`, { token, body })
const history = async () =>
  (await test.call<{ messages: Message[] }>(`GET /channels/${group}/messages`, { token: bob })).body
    .messages

describe('POST /channels/:channelId/messages', () => {
  it('answers once the message is in the history of every member', async () => {
    const metadata = { kind: 'build', deep: [1, { a: null }] }
    const { status, body } = await produce({ content: 'hello 😀', metadata })
    expect(status).toBe(201)
    expect(body).toMatchObject({ channelId: group, seq: 2, sentAt: expect.stringMatching(/Z$/) })
    expect(await history()).toEqual([
      {
        type: 'chat_message',
        channelId: group,
        seq: 2,
        messageId: body.messageId,
        senderId: 'ann',
        content: 'hello 😀',
        metadata,
        sentAt: body.sentAt,
        reactions: {},
      },
    ])
  })

  it('gives each of 20 parallel messages another seq', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => produce({ content: `m${n}` })),
    )
    const seqs = answers.map((answer) => answer.body.seq).sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, n) => n + 2))
    expect(await history()).toHaveLength(20)
  })

  it('answers a repeat under the same number like the first request, parallel or later', async () => {
    const body = { content: 'once', session: 'robot', clientSeq: 7 }
    const [first, ...repeats] = await Promise.all([produce(body), produce(body), produce(body)])
    const later = await produce(body)
    for (const { status, body: repeat } of [...repeats, later])
      expect([status, repeat]).toEqual([first?.status, first?.body])
    expect(await history()).toMatchObject([{ content: 'once', session: 'robot', clientSeq: 7 }])
  })

  it('refuses a clientSeq that was skipped, used for another text or has no session', async () => {
    const session = 'robot'
    await produce({ content: 'one', session, clientSeq: 5 })
    for (const wrong of [
      { content: 'two', session, clientSeq: 5 },
      { content: 'two', session, clientSeq: 4 },
    ]) {
      expect(await produce(wrong)).toMatchObject(refused(409, 'superseded'))
    }
    expect(await produce({ content: 'x', clientSeq: 9 })).toMatchObject(
      refused(400, 'invalid_input'),
    )
    expect(await history()).toHaveLength(1)
  })

  it('refuses a message with invalid content, metadata or session', async () => {
    const numbered = { content: 'x', clientSeq: 1 }
    const wrong: Record<string, unknown> = {
      'no content': {},
      'empty content': { content: '' },
      'content of 4,001 characters': { content: 'x'.repeat(4001) },
      'content with U+0000': { content: 'a\0' },
      'content with half a character': { content: 'a\ud83d' },
      'a number as content': { content: 5 },
      'null as content': { content: null },
      'an array as metadata': { content: 'x', metadata: [] },
      'a text as metadata': { content: 'x', metadata: 'x' },
      'metadata over 2 KiB': { content: 'x', metadata: { a: 'x'.repeat(2048) } },
      'metadata with U+0000 deep inside': { content: 'x', metadata: { a: [{ b: 'a\0' }] } },
      'metadata with half a character in a key': { content: 'x', metadata: { 'a\udc00': 1 } },
      'a session of the platform': { ...numbered, session: '_mine' },
      'an empty session': { ...numbered, session: '' },
      'a session of 65 characters': { ...numbered, session: 'x'.repeat(65) },
      'a number as session': { ...numbered, session: 5 },
    }
    const answers: Record<string, number> = {}
    for (const [what, body] of Object.entries(wrong)) answers[what] = (await produce(body)).status
    expect(answers).toEqual(Object.fromEntries(Object.keys(wrong).map((what) => [what, 400])))
    expect(await history()).toEqual([])
  })

  it('accepts a message of 4,000 four-byte characters', async () => {
    const content = '😀'.repeat(4000)
    expect(await produce({ content })).toMatchObject({ status: 201 })
    expect((await history())[0]?.content).toBe(content)
  })

  it('refuses messages of a muted user', async () => {
    await test.accounts.setRestrictions('ann', { mutedUntilMs: forever })
    expect(await produce({ content: 'x' })).toMatchObject(refused(403, 'forbidden'))
    await test.accounts.setRestrictions('ann', { mutedUntilMs: Date.now() - 1 })
    expect(await produce({ content: 'x' })).toMatchObject({ status: 201 })
  })

  it('limits the rate of messages per user', async () => {
    const answers = []
    for (let n = 0; n < 31; n++) answers.push(await produce({ content: 'x' }))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30)
    expect(answers.at(-1)).toMatchObject(refused(429, 'rate_limited'))
    expect(await produce({ content: 'x' }, bob)).toMatchObject({ status: 201 })
  })
})

describe('consumers', () => {
  const consume = async (name = 'worker', query = '', token = bob) =>
    (
      await test.call<{ messages: Message[]; cursor: number; head: number }>(
        `GET /channels/${group}/consumers/${name}/messages${query}`,
        { token },
      )
    ).body
  const commit = (seq: unknown, name = 'worker', token = bob) =>
    test.call(`POST /channels/${group}/consumers/${name}/commit`, { token, body: { seq } })

  it('lets a consumer continue after the seq that it committed', async () => {
    for (const content of ['a', 'b', 'c']) await channels.say(group, 'ann', content)
    const first = await consume('worker', '?limit=2')
    expect(first).toMatchObject({ cursor: 0, head: 4, messages: [{ seq: 2 }, { seq: 3 }] })
    expect(await consume('worker', '?limit=2')).toEqual(first)
    expect(await commit(3)).toMatchObject({ status: 204 })
    expect(await consume()).toMatchObject({ cursor: 3, head: 4, messages: [{ seq: 4 }] })
    expect(await commit(4)).toMatchObject({ status: 204 })
    expect(await consume()).toMatchObject({ cursor: 4, messages: [] })
  })

  it('moves the cursor of a consumer forward only, and never beyond the head', async () => {
    await channels.say(group, 'ann', 'a')
    await commit(2)
    expect(await commit(1)).toMatchObject({ status: 204 })
    expect((await consume()).cursor).toBe(2)
    for (const seq of [3, -1, 1.5, '2', null]) {
      expect(await commit(seq)).toMatchObject(refused(400, 'invalid_input'))
    }
    expect((await consume()).cursor).toBe(2)
  })

  it('keeps one cursor per user and consumer name', async () => {
    await channels.say(group, 'ann', 'a')
    await commit(2)
    expect((await consume('other')).cursor).toBe(0)
    expect((await consume('worker', '', ann)).cursor).toBe(0)
  })

  it('takes consumer names of 1 to 64 characters of a–z 0–9 . _ -', async () => {
    for (const name of ['X', 'a%20b', 'x'.repeat(65)]) {
      expect(await commit(0, name)).toMatchObject(refused(400, 'invalid_input'))
    }
    expect(await commit(0, `a.b_c-${'x'.repeat(58)}`)).toMatchObject({ status: 204 })
  })
})
