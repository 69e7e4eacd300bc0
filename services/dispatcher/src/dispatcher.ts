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
  /** Default: the real one. The tests of the tests put in one that is wrong. */
  worker?: PartitionWorkerFactory
}

export interface Dispatcher {
  readiness: Readiness
  /**
   * Resolves when this dispatcher has folded and written every record that the log held at this
   * call, except those of partitions that have halted. For a process with the only dispatcher.
   */
  caughtUp(): Promise<void>
  /** Partitions worked here. */
  partitions(): number[]
  /** Finishes the turns at work, writes progress, leaves the group. */
  close(): Promise<void>
}

const flushEveryMs = 1_000
const refreshEveryMs = 2_000
const reassertEveryMs = 3_000
const caughtUpPollMs = 5

/**
 * The fold at work: consumes the channel log, writes what it amounts to, and tells those concerned.
 */
export async function createDispatcher(deps: DispatcherDeps): Promise<Dispatcher> {
  const { log, store, routing, logger, metrics } = deps
  const makeWorker = deps.worker ?? ((partition, more) => new PartitionWorker(partition, more))
  const router = new Router({ ...deps, epoch: log.epoch.number })
  const workers = new Map<number, PartitionWorker>()
  const turns = metrics.histogram(
    'rookery_dispatcher_turn_seconds',
    'One turn, write and route included',
  )
  const records = metrics.counter('rookery_dispatcher_records_total', 'Records folded')
  const deadLetters = metrics.counter(
    'rookery_dispatcher_dead_letters_total',
    'Invalid records set aside',
  )
  const state: { consumption: Consumption | null } = { consumption: null }
  metrics.gauge('rookery_dispatcher_halted_partitions', 'Partitions that stopped', {
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
          logger.error({ partition, offset, reason }, 'an invalid record is set aside')
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
      logger.warn({ err: error, partition }, 'progress is not written, it will be tried again')
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
      const end = turns.startTimer()
      await workerOf(partition).batch(batch, turn)
      end()
      records.inc(batch.length)
    },
    revoked: async (partition) => {
      await flush(partition, workerOf(partition))
      workers.delete(partition)
      router.forget(partition)
    },
  })

  store.enterPublicNames().catch((error: unknown) => {
    logger.warn({ err: error }, 'public channels of an older release may be missing in searches')
  })

  const onError = (error: unknown): void =>
    logger.warn({ err: error }, 'a round failed, the next one repairs it')
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
