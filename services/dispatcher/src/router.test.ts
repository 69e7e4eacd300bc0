import { describe, expect, it } from '@jest/globals'
import {
  bodyHash,
  decodePushes,
  type AnswerPush,
  type ChannelRecord,
  type EventPush,
  type EventRow,
} from '@rookery/domain'
import { createEmbeddedRouting, DirectoryError, type AdvanceStep } from '@rookery/directory'
import { createLogger, Metrics } from '@rookery/service-kit'
import { Router } from './router.ts'

function row(seq: number, body: EventRow['body'] = { type: 'chat_message' }): EventRow {
  return {
    channelId: 'c',
    seq,
    messageNumber: seq,
    position: { epoch: 1, partition: 0, offset: seq },
    sentAtMs: 0,
    user: 'ann',
    session: 's',
    clientSeq: seq,
    body,
    text: null,
  }
}

function open() {
  const routing = createEmbeddedRouting()
  const steps: AdvanceStep[] = []
  const state = { away: false, now: 0, answered: Promise.resolve() }
  const sent: { server: string; kinds: string[] }[] = []
  const hashes: (string | undefined)[] = []
  const router = new Router({
    epoch: 1,
    now: () => state.now,
    logger: createLogger('test', { level: 'silent' }),
    metrics: new Metrics('test'),
    bus: {
      publish: (server, batch) => {
        const pushes = decodePushes(batch)
        sent.push({ server, kinds: pushes.map((push) => push.k) })
        hashes.push(...pushes.map((push) => (push as EventPush | AnswerPush).bodyHash))
      },
      subscribe: async () => async () => undefined,
      close: async () => undefined,
    },
    routing: {
      ...routing,
      advance: async (step: AdvanceStep) => {
        steps.push(step)
        if (state.away) throw new DirectoryError('unavailable', 'away')
        await state.answered
        return routing.advance(step)
      },
    } as typeof routing,
  })
  return { router, routing, steps, state, sent, hashes }
}
const outcome = (rows: EventRow[], origins: string[] = rows.map(() => 'origin')) => ({
  partition: 0,
  generation: 1,
  rows,
  origins,
  bodyHashes: rows.map(({ seq }) => `hash ${seq}`),
  answers: [],
})

describe('the router', () => {
  it('sends a batch to interested servers, the origin, and the servers of changed users', async () => {
    const { router, routing, sent } = open()
    for (const server of ['wants', 'hosts']) await routing.renewServer(server)
    await routing.addInterest('wants', [{ channelId: 'c', partition: 0 }])
    await routing.renewRoutes([
      {
        username: 'bob',
        connectionId: 'k',
        serverId: 'hosts',
        deviceId: 'd',
        session: null,
        heardAtMs: Date.now(),
      },
    ])
    await router.route(
      outcome([row(1), row(2, { type: 'participant_joined', username: 'bob' }), row(3)]),
    )
    expect(sent).toEqual([
      { server: 'wants', kinds: ['event', 'event', 'event'] },
      { server: 'origin', kinds: ['event', 'event', 'event'] },
      { server: 'hosts', kinds: ['event'] },
    ])
  })

  it('sends the hash of the sender’s body with an event or an answer', async () => {
    const { router, hashes } = open()
    const body = { type: 'chat_message', content: 'hello' } as const
    const { channelId, user, session, clientSeq } = row(2)
    const record: ChannelRecord = { v: 1, channelId, user, session, clientSeq, origin: 'o', body }
    const answers = [{ record, outcome: { kind: 'superseded' } as const }]
    await router.route({ ...outcome([row(1)]), answers })
    expect(hashes).toEqual(['hash 1', bodyHash(body)])
  })

  it('owes heads and versions while the directory is away, and still answers the origin', async () => {
    const { router, routing, steps, state, sent } = open()
    state.away = true
    await router.route(outcome([row(1, { type: 'participant_joined', username: 'bob' })]))
    expect(sent).toEqual([{ server: 'origin', kinds: ['event'] }])
    expect(router.settled(0)).toBe(false)
    await router.refresh()
    expect(router.settled(0)).toBe(false)
    state.away = false
    await router.refresh()
    expect(router.settled(0)).toBe(true)
    expect(steps.at(-1)).toMatchObject({
      heads: [{ channelId: 'c', seq: 1, epoch: 1 }],
      changedUsers: ['bob'],
    })
    expect((await routing.versions(['bob'])).get('bob')).not.toBeNull()
  })

  it('still owes a version that changed again while the first change was being set', async () => {
    const { router, steps, state } = open()
    state.away = true
    await router.route(outcome([row(1, { type: 'participant_joined', username: 'bob' })]))
    state.away = false
    let answer: () => void = () => undefined
    state.answered = new Promise((resolve) => (answer = resolve))
    const refreshed = router.refresh()
    state.away = true
    await router.route(outcome([row(2, { type: 'participant_left', username: 'bob' })]))
    answer()
    await refreshed
    state.away = false
    await router.refresh()
    expect(steps.at(-1)).toMatchObject({ heads: [{ seq: 2 }], changedUsers: ['bob'] })
    expect(router.settled(0)).toBe(true)
  })

  it('does not call heads fresh while rows are written that are not routed yet', async () => {
    const { router, steps } = open()
    await router.route(outcome([row(1)]))
    router.begin(0)
    await router.refresh()
    expect(steps.at(-1)?.fresh).toBe(false)
    await router.route(outcome([row(2)]))
    expect(steps.at(-1)?.fresh).toBe(true)
  })

  it('sets no heads of a partition that was given away, even if asked about it', async () => {
    const { router, steps } = open()
    await router.route(outcome([row(1)]))
    router.forget(0)
    expect(router.settled(0)).toBe(false)
    await router.refresh()
    expect(steps).toHaveLength(1)
  })

  it('sets the heads of the last 30 s again, and after a loss also the user versions', async () => {
    const { router, routing, state, steps } = open()
    await router.route(outcome([row(1, { type: 'participant_joined', username: 'bob' })]))
    routing.lose()
    await router.lost()
    expect(steps.at(-1)).toMatchObject({ heads: [{ seq: 1 }], changedUsers: ['bob'] })
    state.now = 31_000
    await router.reassert()
    expect(steps.at(-1)).toMatchObject({ heads: [], changedUsers: [] })
  })
})
