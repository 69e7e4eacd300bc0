import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { BareClient, type Frame } from '../src/bare-client.ts'
import { call } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 12)
const seed = Number(process.env['FUZZ_SEED'] ?? 1)

interface Said {
  by: number
  content: string | null
  reactions: Set<string>
}
/** The simplest model of a channel. */
class Model {
  readonly messages = new Map<number, Said>()
  readonly members = new Map([[0, 'owner']])
  head = 1
}
type Act = { who: number; what: string; pick: number; text: string; other: number }

describe('one channel under random use', () => {
  let world: World
  const clients: BareClient[] = []
  beforeAll(async () => {
    const many = '100000'
    world = await startWorld({
      RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
      RATE_LIMIT_SOCKET_REQUEST_BURST: many,
      RATE_LIMIT_MESSAGES_PER_SECOND: many,
      RATE_LIMIT_MESSAGE_BURST: many,
      RATE_LIMIT_REFUSALS: many,
      RATE_LIMIT_REQUESTS: '100000/1s',
    })
    for (const name of ['ann', 'bob', 'cyd'])
      clients.push(await BareClient.registered(world.url, name))
  })
  afterAll(async () => {
    for (const client of clients) client.terminate()
    await world.close()
  })

  const act = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom(
      'say',
      'say',
      'say',
      'edit',
      'delete',
      'react',
      'unreact',
      'join',
      'leave',
      'promote',
      'kick',
      'again',
    ),
    pick: fc.nat(100),
    text: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !text.includes('\u0000')),
    other: fc.nat(2),
  })

  it('shows a channel under random use as a simple model predicts, in every view', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        run += 1
        const [owner] = clients
        const name = `model ${run} ${Date.now()}`
        const made = await owner?.request({ type: 'create_channel', kind: 'public', name })
        const channelId = made?.channelId ?? ''
        const model = new Model()
        for (const one of acts) await apply(model, channelId, one)
        await compare(model, channelId)
      }),
      { numRuns: runs, seed, endOnFailure: true },
    )
    expect(run).toBe(runs)
  }, 300_000)

  async function apply(model: Model, channelId: string, one: Act): Promise<void> {
    const client = clients[one.who] as BareClient
    const role = model.members.get(one.who)
    const seqs = [...model.messages.keys()]
    const seq = seqs[one.pick % Math.max(1, seqs.length)] ?? 999
    const said = model.messages.get(seq)
    const there = said !== undefined && said.content !== null
    const other = clients[one.other] as BareClient
    const keeper = role === 'owner' || role === 'admin'
    const rank = (of: string | undefined): number => ['member', 'admin', 'owner'].indexOf(of ?? '')
    const ask = async (frame: Record<string, unknown>, allowed: boolean): Promise<Frame | null> => {
      const answer = await client.request({ channelId, ...frame })
      if ((answer.type !== 'error') !== allowed)
        throw new Error(`${JSON.stringify(one)} was answered ${JSON.stringify(answer)}`)
      if (!allowed) return null
      return answer
    }
    const numbered = (answer: Frame | null): number => {
      if (answer === null) return 0
      model.head += 1
      if (answer.seq !== model.head) throw new Error(`seq is ${answer.seq}, not ${model.head}`)
      return answer.seq
    }
    switch (one.what) {
      case 'say': {
        const at = numbered(
          await ask({ type: 'chat_message', content: one.text }, role !== undefined),
        )
        if (at > 0) model.messages.set(at, { by: one.who, content: one.text, reactions: new Set() })
        return
      }
      case 'edit': {
        const allowed = role !== undefined && there && said.by === one.who
        if (
          numbered(await ask({ type: 'edit_message', seq, content: one.text }, allowed)) > 0 &&
          said
        )
          said.content = one.text
        return
      }
      case 'delete': {
        const allowed = role !== undefined && said !== undefined && (said.by === one.who || keeper)
        if (numbered(await ask({ type: 'delete_message', seq }, allowed)) > 0 && said) {
          said.content = null
          said.reactions.clear()
        }
        return
      }
      case 'react':
      case 'unreact': {
        const type = one.what === 'react' ? 'add_reaction' : 'remove_reaction'
        const at = numbered(await ask({ type, seq, emoji: '🐦' }, role !== undefined && there))
        if (at === 0) return
        if (one.what === 'react') said?.reactions.add(client.username)
        else said?.reactions.delete(client.username)
        return
      }
      case 'join': {
        await ask({ type: 'join_channel' }, true)
        if (role !== undefined) return
        model.head += 1
        model.members.set(one.who, 'member')
        return
      }
      case 'leave': {
        const allowed = role !== undefined && (role !== 'owner' || model.members.size === 1)
        // An empty channel has no member whose view could be compared.
        if (model.members.size === 1) return
        if ((await ask({ type: 'leave_channel' }, allowed)) === null) return
        model.head += 1
        model.members.delete(one.who)
        return
      }
      case 'promote': {
        const target = model.members.get(one.other)
        const allowed = role === 'owner' && target !== undefined && target !== 'owner'
        const answer = await ask(
          { type: 'set_role', username: other.username, role: 'admin' },
          allowed,
        )
        if (numbered(answer) > 0) model.members.set(one.other, 'admin')
        return
      }
      case 'kick': {
        const target = model.members.get(one.other)
        const allowed = keeper && target !== undefined && rank(role) > rank(target)
        const shownBefore = other.frames.length
        const answer = await ask({ type: 'remove_participant', username: other.username }, allowed)
        if (numbered(answer) === 0) return
        model.members.delete(one.other)
        // Until `channel_left` comes, a removed user may act for up to 10 s.
        await other.next(
          (frame) =>
            frame.type === 'channel_left' &&
            frame.channelId === channelId &&
            other.frames.indexOf(frame) >= shownBefore,
        )
        return
      }
      case 'again': {
        if (role === undefined) return
        const clientSeq = model.head
        const frame = { type: 'chat_message', content: one.text, clientSeq }
        const first = await client.request({ channelId, ...frame })
        const again = await client.request({ channelId, ...frame })
        if (again.seq !== first.seq) throw new Error(`a repeat got ${again.seq}, not ${first.seq}`)
        numbered(first)
        model.messages.set(first.seq, { by: one.who, content: one.text, reactions: new Set() })
      }
    }
  }

  async function compare(model: Model, channelId: string): Promise<void> {
    for (const [who, role] of model.members) {
      const client = clients[who] as BareClient
      const { events, head } = await client.sync(channelId, 0)
      expect(head).toBe(model.head)
      expect(events.map((event) => event.seq)).toEqual(
        Array.from({ length: head }, (_, i) => i + 1),
      )
      const token = client.session.sessionToken
      const { body } = await call(world.url, 'GET', `/channels/${channelId}/messages?limit=100`, {
        token,
      })
      expect(
        body.messages.map((message) => [
          message.seq,
          message['senderId'],
          message.content ?? null,
          (message['reactions'] as Record<string, string[]> | undefined)?.['🐦'] ?? [],
        ]),
      ).toEqual(
        [...model.messages].map(([seq, said]) => [
          seq,
          clients[said.by]?.username,
          said.content,
          [...said.reactions].sort(),
        ]),
      )
      const people = await call(world.url, 'GET', `/channels/${channelId}/participants`, { token })
      const shown = new Map(people.body.participants.map((one) => [one['username'], one['role']]))
      expect(shown).toEqual(
        new Map([...model.members].map(([one, as]) => [clients[one]?.username, as])),
      )
      expect(shown.get(client.username)).toBe(role)
    }
  }
})
