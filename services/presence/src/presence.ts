import type { Coordination } from '@rookery/coordination'
import type { PresenceBoard, PushBus } from '@rookery/directory'
import { presenceElection } from '@rookery/domain'
import type { Logger, Metrics } from '@rookery/service-kit'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type BridgePorts, createRecipes } from './recipes/index.ts'
import { StatusPublisher } from './status-publisher.ts'

export interface PresenceDeps {
  board: PresenceBoard
  bus: PushBus
  coordination: Coordination
  logger: Logger
  metrics: Metrics
  now?: () => number
  /**
   * How long a user who is gone still shows as before, so that a reconnect is no change. At most 10
   * s.
   */
  graceMs?: number
  tickMs?: number
  /** Lets foreign workers take part. Without it there is no trace of them. */
  bridge?: BridgePorts
}

export interface Presence {
  /** Stands down; another presence process takes over. */
  close(): Promise<void>
}

/** So many ticks are left out after one that failed. */
const ticksPerRetry = 10

/**
 * Merges what chat servers report and users choose to what others see. One process leads; the
 * others stand by, and whoever takes over begins with everybody, so that nothing its predecessor
 * left half done is lost.
 */
export async function createPresence({
  board,
  bus,
  coordination,
  logger,
  metrics,
  now = Date.now,
  graceMs = 4_000,
  tickMs = 100,
  bridge,
}: PresenceDeps): Promise<Presence> {
  const id = `presence-${randomBytes(6).toString('hex')}`
  const pushed = metrics.counter(
    'rookery_presence_updates_total',
    'Changes of status that watchers were told',
  )
  let leading = false
  metrics.gauge('rookery_presence_leader', '1 while this process leads', {
    collect: () => Number(leading),
  })

  const recipes =
    bridge === undefined
      ? null
      : await createRecipes({
          ...bridge,
          id,
          election: presenceElection,
          board,
          bus,
          coordination,
          logger,
          metrics,
          now,
        })

  const lead = async (signal: AbortSignal): Promise<void> => {
    const onPushed = (updates: number): void => pushed.inc(updates)
    const publisher = new StatusPublisher({
      board,
      bus,
      now,
      graceMs,
      onPushed,
      ...(recipes && { onSeen: recipes.seen }),
    })
    let begun = false
    const recipesAtWork = recipes?.lead(signal).catch((error: unknown) => {
      logger.error({ err: error }, 'the bridge to workers has stopped')
    })
    leading = true
    logger.info({ id }, 'leads presence')
    while (!signal.aborted) {
      let pauseMs = tickMs
      try {
        if (!begun) await board.markAllChanged()
        begun = true
        await publisher.tick()
      } catch (error) {
        logger.warn({ err: error }, 'statuses are not published, it will be tried again')
        pauseMs = ticksPerRetry * tickMs
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    }
    await recipesAtWork
    leading = false
    logger.info({ id }, 'no longer leads presence')
  }

  const standDown = await coordination.elect(presenceElection, id, lead)
  return {
    close: async () => {
      await standDown()
      await recipes?.close()
    },
  }
}
