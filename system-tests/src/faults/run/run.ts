import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '@rookery/cluster'
import { check } from '../checker/check.ts'
import type { Evidence, Violation } from '../checker/evidence.ts'
import { indexed } from '../checker/index-evidence.ts'
import { lateness } from '../checker/seen.ts'
import type { Heal } from '../fault.ts'
import { History } from '../history.ts'
import { Random } from '../random.ts'
import type { Actor } from '../users/actor.ts'
import { BareUser } from '../users/bare-user.ts'
import { LibraryUser } from '../users/library-user.ts'
import { collect, logStarts } from './collect.ts'
import { Conversation } from './conversation.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { nameOf, type Round } from './schedule.ts'
import { until } from './until.ts'

export interface RunOptions {
  cluster: Cluster
  seed: number
  rounds: readonly Round[]
  /** A third of them on bare sockets. */
  users: number
  /** The mean time between two operations of a user. */
  everyMs: number
  /** Bounds are multiplied by it when they are asserted. */
  slack: number
  /**
   * The run goes on after the last round until this many operations are acknowledged, but for half
   * a minute at most. Default 0.
   */
  leastAcked?: number
  /** Called at the end of each round. */
  onRound?: (recovery: Recovery) => void
}

export interface Recovery {
  name: string
  boundMs: number
  /** Until a send of every user was acknowledged and shown to all; null: not in `slack` bounds. */
  recoveredMs: number | null
}

export interface RunResult {
  seed: number
  history: History
  invoked: number
  acked: number
  refused: number
  unknown: number
  shown: number
  recoveries: readonly Recovery[]
  /** The longest time from an ack until a member was shown the event, faults aside. */
  worstShownMs: number
  violations: readonly Violation[]
}

/** Time without a fault: before the first, between two, and after the last. */
const settleMs = 1_000
const readyWithinMs = 60_000
const maxAttempts = 5
const talkOnMs = 30_000
const resolvedWithinMs = 30_000
const shownWithinMs = 10_000
let runs = 0

/**
 * One run: new users talk in new rooms during the rounds of faults. Then all is read back and
 * judged.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { cluster, seed, users, everyMs, slack } = options
  const history = new History()
  runs += 1
  const prefix = `r${process.pid.toString(36)}${Date.now().toString(36)}${runs}`
  const starts = await logStarts(cluster)
  const actors = makeActors(cluster, users, prefix, history)
  try {
    await Promise.all(actors.map((actor) => patiently(() => actor.connect())))
    const rooms = await openRooms(actors, history, prefix)
    const names = actors.map(({ name }) => name)
    const conversations = actors.map((actor, i) => {
      const random = new Random(seed * 1_000 + i)
      return new Conversation(actor, { history, random, rooms, names })
    })
    for (const conversation of conversations) conversation.start(everyMs)
    const recoveries = await goThrough(options, history, conversations, rooms)
    const { leastAcked = 0 } = options
    await until(() => history.count('acked') >= leastAcked, talkOnMs)
    for (const conversation of conversations) conversation.stop()
    await until(
      () => conversations.every(({ underWay }) => underWay === 0),
      slack * resolvedWithinMs,
    )
    await allShown(actors, history, slack)
    const evidence = await collect(cluster, { actors, history, starts, slack })
    return resultOf(seed, evidence, recoveries)
  } finally {
    for (const actor of actors) actor.close()
  }
}

/** Repeats a registration that a busy api refuses for the moment. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (attempt === maxAttempts || (code !== 'unavailable' && code !== 'network')) throw error
    }
    await delay(settleMs * attempt)
  }
}

function makeActors(cluster: Cluster, users: number, prefix: string, history: History): Actor[] {
  const apis = cluster.of('api')
  return Array.from({ length: users }, (_, i) => {
    const url = `http://127.0.0.1:${apis[i % apis.length]?.port ?? 0}`
    const name = `${prefix}u${i}`
    return i % 3 === 1 ? new BareUser(name, url, history) : new LibraryUser(name, url, history)
  })
}

async function goThrough(
  { cluster, seed, rounds, slack, onRound }: RunOptions,
  history: History,
  conversations: readonly Conversation[],
  rooms: Rooms,
): Promise<Recovery[]> {
  const random = new Random(seed)
  const pick = <T>(from: readonly T[]): T => random.pick(from)
  const recoveries: Recovery[] = []
  const recovered = (boundMs: number): Promise<number | null> =>
    recovery(conversations, rooms, boundMs * slack)
  for (const round of rounds) {
    await delay(settleMs)
    const boundMs = Math.max(...round.map(({ fault }) => fault.boundMs))
    let early: Promise<number | null> | null = null
    await Promise.all(
      round.map(async ({ fault, afterMs, holdMs }) => {
        await delay(afterMs)
        history.add({ kind: 'fault', name: fault.name, phase: 'apply' })
        const heal: Heal = await fault.apply({ cluster, pick })
        if (round.length === 1 && fault.measuredFrom === 'apply') early = recovered(boundMs)
        await delay(holdMs)
        await heal()
        history.add({ kind: 'fault', name: fault.name, phase: 'heal' })
      }),
    )
    const recoveredMs = await (early ?? recovered(boundMs))
    const one = { name: nameOf(round), boundMs, recoveredMs }
    recoveries.push(one)
    onRound?.(one)
    await Promise.all(cluster.services.map((service) => service.ready(readyWithinMs)))
  }
  await delay(settleMs)
  return recoveries
}

/** Every user sends a message, and all users are shown all of them. @returns how long it took */
async function recovery(
  conversations: readonly Conversation[],
  { stable: [hall = ''] }: Rooms,
  withinMs: number,
): Promise<number | null> {
  const from = performance.now()
  let head = Infinity
  void Promise.all(conversations.map((one) => one.say(hall))).then((seqs) => {
    head = Math.max(...seqs.map((seq) => seq ?? 0))
  })
  const all = (): boolean =>
    conversations.every(({ actor }) => (actor.shown.get(hall) ?? 0) >= head)
  return (await until(all, withinMs)) === null ? null : performance.now() - from
}

/** Waits, at most until the bound, until all users were shown all acknowledged events. */
async function allShown(actors: readonly Actor[], history: History, slack: number): Promise<void> {
  const heads = new Map<string, number>()
  const channels = new Map<number, string>()
  for (const entry of history.entries) {
    if (entry.kind === 'invoked') channels.set(entry.op, entry.operation.channelId)
    if (entry.kind !== 'acked' || entry.seq === null) continue
    const channelId = channels.get(entry.op) ?? ''
    heads.set(channelId, Math.max(heads.get(channelId) ?? 0, entry.seq))
  }
  const behind = (actor: Actor): boolean =>
    !actor.connected || [...actor.shown].some(([id, last]) => last < (heads.get(id) ?? 0))
  await until(() => !actors.some(behind), slack * shownWithinMs)
  // Own marks are written within 2 s of the message.
  await delay(2 * settleMs)
}

function resultOf(seed: number, evidence: Evidence, recoveries: readonly Recovery[]): RunResult {
  const { history } = evidence
  const late = lateness(indexed(evidence)).map(({ ms }) => ms)
  return {
    seed,
    history,
    invoked: history.count('invoked'),
    acked: history.count('acked'),
    refused: history.count('refused'),
    unknown: history.count('unknown'),
    shown: history.count('shown'),
    recoveries,
    worstShownMs: late.reduce((most, ms) => Math.max(most, ms), 0),
    violations: check(evidence),
  }
}
