import { setTimeout as delay } from 'node:timers/promises'
import { openKafkaLog } from '@rookery/log/kafka'
import type { Rule } from '../checker/evidence.ts'
import { until } from '../run/until.ts'
import { readHistory } from '../users/actor.ts'
import { crashWord, type CrashPoint } from './crash.ts'
import type { Scene } from './scene.ts'

/** A play of users and crashes in which one shortcut does harm. */
export interface Scenario {
  /** A key of `shortcuts`. */
  bug: string
  crash?: CrashPoint
  /** The dispatcher with the shortcut must break one of these rules, the real one none. */
  about: readonly Rule[]
  play(scene: Scene): Promise<void>
}

/** Longer than a turn, shorter than the time after which a frozen dispatcher is replaced. */
const momentMs = 1_000
/** Longer than the time until a new dispatcher has its share of the partitions. */
const handedOverMs = 8_000
const roomsOverPartitions = 6
const soonMs = 20_000

const dies = (crash: CrashPoint, messages: number) => ({
  crash,
  play: async (scene: Scene): Promise<void> => {
    await scene.say(scene.ann)
    await scene.say(scene.bob)
    // The dispatcher is frozen meanwhile, so that all messages come in one turn.
    scene.dispatcher.signal('SIGSTOP')
    const said = Array.from({ length: messages }, () => scene.say(scene.bob, crashWord))
    await delay(momentMs)
    scene.dispatcher.signal('SIGCONT')
    await scene.afterCrash()
    await Promise.all(said)
    await scene.say(scene.ann)
  },
})

export const scenarios: readonly Scenario[] = [
  { bug: 'commit before persist', about: ['refold'], ...dies('before-write', 1) },
  {
    bug: 'deliver before persist',
    about: ['history-has-what-was-seen'],
    play: async (scene) => {
      // The rows of the room itself must be written first.
      await delay(3 * momentMs)
      await scene.say(scene.ann)
      for (let i = 0; i < 3; i += 1) {
        const seq = (await scene.say(scene.bob)) ?? 0
        await until(() => (scene.ann.shown.get(scene.channelId) ?? 0) >= seq, soonMs)
        await readHistory(scene.ann, scene.history, scene.channelId)
      }
      await delay(3 * momentMs)
    },
  },
  { bug: 'resume from max(seq)', about: ['refold'], ...dies('after-write', 1) },
  { bug: "skip offset ≤ last row's", about: ['refold'], ...dies('half-written', 3) },
  {
    bug: 'wall clock in a row',
    about: ['refold'],
    play: async (scene) => {
      for (let i = 0; i < 5; i += 1) await scene.say(scene.bob)
    },
  },
  {
    bug: 'dedupe in memory only',
    about: ['refold'],
    play: async (scene) => {
      await scene.say(scene.ann)
      await scene.repeat(2, () => scene.restart())
      await scene.say(scene.ann)
    },
  },
  {
    bug: 'dedupe window',
    about: ['refold'],
    play: async (scene) => {
      await scene.repeat(2, async () => {
        for (let i = 0; i < 10; i += 1) await scene.say(scene.ann)
        await scene.restart()
      })
      await scene.say(scene.ann)
    },
  },
  { bug: 'seq from Redis INCR', about: ['refold'], ...dies('after-write', 1) },
  {
    bug: 'state kept after an aborted batch',
    about: ['refold'],
    play: async (scene) => {
      const rooms = [scene.channelId]
      while (rooms.length < roomsOverPartitions) rooms.push(await scene.openRoom())
      const inEach = async (speaker: 'ann' | 'bob'): Promise<void> => {
        for (const room of rooms) {
          scene.channelId = room
          await scene.say(scene[speaker])
        }
      }
      await inEach('ann')
      // Half of the partitions go to another dispatcher, which folds on, and come back.
      const other = await scene.addDispatcher()
      await delay(handedOverMs)
      await inEach('bob')
      await other.stop()
      await inEach('ann')
    },
  },
  {
    // This scenario is the last one, because the partition of its room stays halted.
    bug: 'unknown v dead-lettered',
    about: ['refold'],
    play: async (scene) => {
      await scene.say(scene.ann)
      const { env } = scene.cluster
      const log = await openKafkaLog({
        brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
        clientId: 'seeded',
        partitionCount: Number(env['KAFKA_PARTITIONS']),
      })
      const record = { v: 2, channelId: scene.channelId, what: 'a later release knows' }
      await log.append(scene.channelId, new TextEncoder().encode(JSON.stringify(record)))
      await log.close()
      await scene.say(scene.bob)
    },
  },
]
