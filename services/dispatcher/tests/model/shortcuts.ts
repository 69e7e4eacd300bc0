import type { ChannelState, fold, LogEntry } from '@rookery/domain'
import type { LoggedRecord, Turn } from '@rookery/log'
import type { MessageStore, SessionKey } from '@rookery/message-store'
import {
  PartitionWorker,
  type Decoded,
  type Folded,
  type WorkerDeps,
} from '../../src/partition-worker.ts'
import type { Projection } from '../../src/projection.ts'
import type { Build } from './schedule.ts'

/**
 * Shortcuts that the invariants of ARCHITECTURE.md ("What must stay true") forbid. Each is built
 * into one dispatcher, and the model must catch it.
 */
export const shortcuts: Record<string, Build> = {
  'commit before persist': subclass(
    class extends PartitionWorker {
      protected override async persist(projection: Projection, turn: Turn): Promise<void> {
        const last = projection.writes.events.at(-1)
        if (last !== undefined) {
          this.end([
            { ...last.position, key: '', value: new Uint8Array(), timestampMs: last.sentAtMs },
          ])
          await this.flush()
        }
        await super.persist(projection, turn)
      }
    },
  ),
  'deliver before persist': subclass(
    class extends PartitionWorker {
      #projection: Projection | null = null
      protected override async persist(projection: Projection): Promise<void> {
        this.#projection = projection
        return Promise.resolve()
      }
      protected override async route(
        projection: Projection,
        folded: Folded,
        turn: Turn,
      ): Promise<void> {
        await super.route(projection, folded, turn)
        if (this.#projection !== null) await super.persist(this.#projection, turn)
      }
    },
  ),
  'resume from max(seq)': withStore((store) => ({
    channelBase: (channelId) =>
      store.channelBase(channelId, { epoch: 1, partition: 0, offset: Infinity }),
  })),
  "skip offset ≤ last row's": subclass(
    class extends PartitionWorker {
      protected override decode(all: readonly LoggedRecord[]): Decoded {
        const decoded = super.decode(all)
        const entries = decoded.entries.filter(
          ({ record, position }) => position.offset > (this.#lastRows.get(record.channelId) ?? -1),
        )
        return { ...decoded, entries }
      }
      readonly #lastRows = new Map<string, number>()
      protected override async turn(records: readonly LoggedRecord[], turn: Turn): Promise<void> {
        const model = (this.deps.store as unknown as { model: ModelView }).model
        for (const row of model.events())
          this.#lastRows.set(
            row.channelId,
            Math.max(this.#lastRows.get(row.channelId) ?? -1, row.position.offset),
          )
        await super.turn(records, turn)
      }
    },
  ),
  'wall clock in a row': {
    worker: (deps, shared) =>
      new (class extends PartitionWorker {
        protected override step(
          state: ChannelState,
          highest: number,
          entry: LogEntry,
        ): ReturnType<typeof fold> {
          shared.counter += 1
          return super.step(state, highest, { ...entry, timestampMs: shared.counter })
        }
      })(0, deps),
  },
  'dedupe in memory only': withStore(() => ({ sessionBase: () => Promise.resolve(0) })),
  'dedupe window': withStore((store) => ({
    sessionBase: async (key: SessionKey, before) => {
      const recent = { ...before, offset: before.offset - 2 }
      const [now, then] = [
        await store.sessionBase(key, before),
        await store.sessionBase(key, recent),
      ]
      return now === then ? 0 : now
    },
  })),
  'seq from Redis INCR': {
    worker: (deps, shared) =>
      new (class extends PartitionWorker {
        protected override step(
          state: ChannelState,
          highest: number,
          entry: LogEntry,
        ): ReturnType<typeof fold> {
          const result = super.step(state, highest, entry)
          if (result.kind !== 'accepted') return result
          shared.counter += 1
          const seq = shared.counter
          return {
            ...result,
            row: { ...result.row, seq },
            session: { ...result.session, seq },
            state: { ...result.state, seq },
          }
        }
      })(0, deps),
  },
  'state kept after an aborted batch': subclass(
    class extends PartitionWorker {
      protected override begin(): void {
        // Any cached state is taken for the state before this batch.
      }
      protected override forget(): void {
        // The cached state is not dropped when a batch was aborted, either.
      }
    },
  ),
  'unknown v dead-lettered': subclass(
    class extends PartitionWorker {
      protected override decode(all: readonly LoggedRecord[]): Decoded {
        const good = all.filter((record) => super.decode([record]).newer === null)
        const set = all.filter((record) => !good.includes(record))
        const decoded = super.decode(good)
        const invalid = set.map((record) => ({ record, reason: 'unknown version' }))
        return { ...decoded, records: all, invalid: [...decoded.invalid, ...invalid] }
      }
    },
  ),
}

interface ModelView {
  events(): { channelId: string; position: { offset: number } }[]
}

function subclass(worker: new (partition: number, deps: WorkerDeps) => PartitionWorker): Build {
  return { worker: (deps) => new worker(0, deps) }
}

function withStore(change: (store: MessageStore) => Partial<MessageStore>): Build {
  return {
    worker: (deps) =>
      new PartitionWorker(0, { ...deps, store: { ...deps.store, ...change(deps.store) } }),
  }
}
