import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { PartitionWorker } from '@rookery/dispatcher'
import type { LogPosition } from '@rookery/domain'
import type { MessageStore, TurnWrites } from '@rookery/message-store'
import { ForeignCounter } from './foreign-counter.ts'
import { handled, replaced, type Parts } from './parts.ts'

/** A file in which a shortcut may keep state beyond its process, and a Redis for its counters. */
export interface Surroundings {
  file: string
  redisUrl: string
}

/**
 * Shortcuts that the invariants of ARCHITECTURE.md ("What must stay true") forbid. Each replaces
 * one part of a dispatcher.
 */
export const shortcuts: Readonly<Record<string, (parts: Parts, around: Surroundings) => Parts>> = {
  'commit before persist': (parts) =>
    withStore(parts, (store) => ({
      write: async (writes) => {
        await done(store, writes)
        await store.write(writes)
      },
    })),
  'deliver before persist': (parts) =>
    withStore(parts, (store) => ({
      write: async (writes) => {
        // The turn goes on and pushes its events while the rows are not written yet.
        void delay(2_000).then(() => store.write(writes))
        return Promise.resolve()
      },
    })),
  'resume from max(seq)': (parts) =>
    withStore(parts, (store) => ({
      channelBase: (channelId, before) => store.channelBase(channelId, end(before)),
    })),
  "skip offset ≤ last row's": (parts, { file }) => {
    const lastRow = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n').at(-2)) : -1
    const log = handled(parts.log, (handler) => ({
      ...handler,
      batch: async (partition, records, turn) => {
        const left = records.filter(({ offset }) => offset > lastRow)
        if (left.length > 0) await handler.batch(partition, left, turn)
      },
    }))
    return withStore({ ...parts, log }, (store) => ({
      write: async (writes) => {
        await store.write(writes)
        const last = writes.events.at(-1)
        if (last !== undefined) appendFileSync(file, `${last.position.offset}\n`)
      },
    }))
  },
  'wall clock in a row': (parts) => {
    const logged = new Map<number, number>()
    const log = handled(parts.log, (handler) => ({
      ...handler,
      batch: (partition, records, turn) => {
        for (const { timestampMs } of records.slice(-1)) logged.set(partition, timestampMs)
        const now = Date.now()
        return handler.batch(
          partition,
          records.map((record) => ({ ...record, timestampMs: now })),
          turn,
        )
      },
    }))
    // Progress keeps the time of the log. Otherwise the next dispatcher would halt at another log.
    return withStore({ ...parts, log }, (store) => ({
      setProgress: (partition, progress) =>
        store.setProgress(partition, {
          ...progress,
          lastTimestampMs: logged.get(partition) ?? progress.lastTimestampMs,
        }),
    }))
  },
  'dedupe in memory only': (parts) =>
    withStore(parts, () => ({ sessionBase: () => Promise.resolve(0) })),
  'dedupe window': (parts) =>
    withStore(parts, (store) => ({
      sessionBase: async (session, before) => {
        const now = await store.sessionBase(session, before)
        const windowStart = { ...before, offset: Math.max(0, before.offset - 5) }
        return now === (await store.sessionBase(session, windowStart)) ? 0 : now
      },
    })),
  'seq from Redis INCR': (parts, { redisUrl }) => {
    const counter = new ForeignCounter(redisUrl)
    return withStore(parts, (store) => ({
      channelBase: async (channelId, before) => ({
        ...(await store.channelBase(channelId, before)),
        seq: await counter.add(channelId, 0),
      }),
      write: async (writes) => {
        for (const { channelId } of writes.events) await counter.add(channelId, 1)
        await store.write(writes)
      },
    }))
  },
  'state kept after an aborted batch': (parts) => {
    const kept = new Map<number, KeepingWorker>()
    return {
      ...parts,
      worker: (partition, deps) => {
        const worker = kept.get(partition) ?? new KeepingWorker(partition, deps)
        kept.set(partition, worker)
        return worker
      },
    }
  },
  'unknown v dead-lettered': (parts) => ({
    ...parts,
    log: handled(parts.log, (handler) => ({
      ...handler,
      batch: async (partition, records, turn) => {
        const known = records.filter(({ value }) => !isNewer(value))
        const epoch = parts.log.epoch.number
        for (const record of records)
          if (!known.includes(record))
            await parts.log.deadLetter({ ...record, epoch }, 'unknown version')
        if (known.length > 0) await handler.batch(partition, known, turn)
      },
    })),
  }),
}

/**
 * Takes any cached state for the state before a batch, and keeps it when another dispatcher had the
 * partition.
 */
class KeepingWorker extends PartitionWorker {
  protected override begin(): void {
    this.next = null
  }

  protected override forget(): void {
    // Kept.
  }
}

function withStore(parts: Parts, change: (store: MessageStore) => Partial<MessageStore>): Parts {
  return { ...parts, store: replaced(parts.store, change(parts.store)) }
}

async function done(store: MessageStore, { events }: TurnWrites): Promise<void> {
  const last = events.at(-1)
  if (last === undefined) return
  const { epoch, partition, offset } = last.position
  const progress = { epoch, next: offset + 1, lastTimestampMs: last.sentAtMs }
  await store.setProgress(partition, progress)
}

function end(position: LogPosition): LogPosition {
  return { ...position, offset: 2 ** 40 }
}

function isNewer(value: Uint8Array): boolean {
  try {
    return (JSON.parse(new TextDecoder().decode(value)) as { v?: unknown }).v === 2
  } catch {
    return false
  }
}
