import { setTimeout as delay } from 'node:timers/promises'
import type { PushBus, Routing } from '@rookery/directory'
import { dispatcherGroup } from '@rookery/domain'
import type { Consumption, MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import { type Logger, type Metrics, type Readiness, Reconciler } from '@rookery/service-kit'
import { PartitionWorker, type WorkerDeps } from './partition-worker.ts'
import { Router } from './router.ts'

export type PartitionWorkerFactory = (partition: number, deps: WorkerDeps) => PartitionWorker

export interface DispatcherDeps {
  log: MessageLog
  store: MessageStore
  routing: Routing
  bus: PushBus
  logger: Logger
  metrics: Metrics
  /** Default: the real worker. Tests of the checkers use workers with a forbidden shortcut. */
  worker?: PartitionWorkerFactory
}

export interface Dispatcher {
  readiness: Readiness
  /**
   * Resolves when this dispatcher has folded and written every record that the log held at this
   * call, except those of partitions that have halted. For a process with the only dispatcher.
   */
  caughtUp(): Promise<void>
  /** The partitions that this process folds. */
  partitions(): number[]
  /** Finishes the turns that are under way, writes progress, and leaves the group. */
  close(): Promise<void>
}

const flushEveryMs = 1_000
const refreshEveryMs = 2_000
const reassertEveryMs = 3_000
const caughtUpPollMs = 5

/**
 * Consumes the channel log, folds it, writes the resulting rows, and pushes them to chat servers.
 */
export async function createDispatcher(deps: DispatcherDeps): Promise<Dispatcher> {
  const { log, store, routing, logger, metrics } = deps
  const makeWorker = deps.worker ?? ((partition, more) => new PartitionWorker(partition, more))
  const router = new Router({ ...deps, epoch: log.epoch.number })
  const workers = new Map<number, PartitionWorker>()
  const turns = metrics.histogram(
    'rookery_dispatcher_turn_seconds',
    'Duration of one turn, with its writes and its routing',
  )
  const records = metrics.counter('rookery_dispatcher_records_total', 'Records folded')
  const deadLetters = metrics.counter(
    'rookery_dispatcher_dead_letters_total',
    'Invalid records moved to the dead letters',
  )
  const state: { consumption: Consumption | null } = { consumption: null }
  metrics.gauge('rookery_dispatcher_halted_partitions', 'Partitions that halted', {
    collect: () => state.consumption?.halted.size ?? 0,
  })

  const workerOf = (partition: number): PartitionWorker => {
    let worker = workers.get(partition)
    if (worker === undefined) {
      worker = makeWorker(partition, {
        log,
        store,
        sink: router,
        pause: (ms) => delay(ms),
        commit: async (at, next) => state.consumption?.commit(at, next),
        onDeadLetter: ({ offset }, reason) => {
          deadLetters.inc()
          logger.error(
            { partition, offset, reason },
            'an invalid record is moved to the dead letters',
          )
        },
      })
      workers.set(partition, worker)
    }
    return worker
  }
  const flush = async (partition: number, worker: PartitionWorker): Promise<void> => {
    try {
      await worker.flush()
    } catch (error) {
      logger.warn(
        { err: error, partition },
        'progress could not be written, it is tried again within 1 s',
      )
    }
  }
  const flushAll = async (): Promise<void> => {
    await Promise.all([...workers].map(([partition, worker]) => flush(partition, worker)))
  }

  state.consumption = await log.consume(dispatcherGroup, {
    assigned: (partition, bounds) => {
      workers.delete(partition)
      return workerOf(partition).assigned(bounds)
    },
    batch: async (partition, batch, turn) => {
      const beganAt = performance.now()
      await workerOf(partition).batch(batch, turn)
      turns.observe((performance.now() - beganAt) / 1000)
      records.inc(batch.length)
    },
    revoked: async (partition) => {
      await flush(partition, workerOf(partition))
      workers.delete(partition)
      router.forget(partition)
    },
  })

  store.enterPublicNames().catch((error: unknown) => {
    logger.warn(
      { err: error },
      'searches miss public channels of an older release, their names are indexed at the next start',
    )
  })

  const onError = (error: unknown): void =>
    logger.warn(
      { err: error },
      'a round of the dispatcher failed, the next one does its work within 3 s',
    )
  const rounds = [
    new Reconciler(flushAll, { everyMs: flushEveryMs, onError }),
    new Reconciler(() => router.refresh(), { everyMs: refreshEveryMs, onError }),
    new Reconciler(() => router.reassert(), { everyMs: reassertEveryMs, onError }),
  ]
  const stopListening = routing.onLost(() => void router.lost())

  return {
    readiness: new Map([['log', () => (state.consumption?.halted.size ?? 0) === 0]]),
    caughtUp: async () => {
      for (let partition = 0; partition < log.partitionCount; partition += 1) {
        const { end } = await log.bounds(partition)
        for (;;) {
          const isHalted = state.consumption?.halted.has(partition) ?? false
          if (isHalted || (workers.get(partition)?.doneUpTo ?? 0) >= end) break
          await delay(caughtUpPollMs)
        }
      }
    },
    partitions: () => [...workers.keys()].sort((a, b) => a - b),
    close: async () => {
      await Promise.all(rounds.map((round) => round.close()))
      stopListening()
      await flushAll()
      await state.consumption?.close()
    },
  }
}
