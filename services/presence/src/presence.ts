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
   * How long others see the old status of a user who left, so that a reconnect is no change. At
   * most 10 s.
   */
  graceMs?: number
  tickMs?: number
  /** Connects foreign workers to the platform. Without it, presence has no bridge. */
  bridge?: BridgePorts
}

export interface Presence {
  /** Stops to lead, so that another presence process takes over. */
  close(): Promise<void>
}

/** After a tick that failed, the next one comes 10 ticks later. */
const ticksPerRetry = 10

/**
 * Merges reports of chat servers and choices of users into the statuses that others see. One
 * process leads, and the others stand by. A new leader begins with all users, because the one
 * before may have left changes unfinished.
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
    'Changes of status that were pushed to watchers',
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
      logger.error(
        { err: error },
        'the bridge to workers has stopped, it starts again with the next leader',
      )
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
        logger.warn({ err: error }, 'statuses could not be published, tried again')
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
