import type { Outcome, Submission, SubmitterDeps } from './submission.ts'

/**
 * A turn of the dispatcher has fewer records than this. So an event that is at least 1,000 seqs
 * below another one was stored before the turn of the other one began.
 */
const maxTurnEvents = 1_000

/**
 * Reads the outcome of a submission from the store. Null while the store cannot know it.
 * - A session row decides once every event of its channel up to it can be read, or once the
 *   partition's progress has passed it.
 * - A missing session row decides only once progress has passed the record. Everything below
 *   progress is written at quorum, so a record without a row was refused.
 *
 * Example: the record is at offset 7. Progress 7 does not include it, progress 8 does.
 */
export async function decideFromStore(
  { submission, hash, offset }: { submission: Submission; hash: string; offset: number | null },
  deps: Pick<SubmitterDeps, 'log' | 'store' | 'readUpTo'>,
): Promise<Outcome | null> {
  const { log, store } = deps
  const { channelId, clientSeq } = submission
  const progress = await store.progress(log.partitionOf(channelId))
  const isBelowProgress = (at: number): boolean =>
    progress !== null && progress.epoch === log.epoch.number && progress.next > at
  const row = await store.sessionRow(submission, clientSeq)
  if (row !== null) {
    if (row.bodyHash !== hash) return { kind: 'superseded' }
    const { position, seq, sentAtMs } = row
    const passed = position.epoch < log.epoch.number || isBelowProgress(position.offset)
    // Progress waits for the directory. A sender need not wait for it if the events can be read.
    if (!passed && !(await readUpTo(deps, channelId, seq))) return null
    return { kind: 'accepted', seq, sentAtMs, event: null }
  }
  if (offset === null || !isBelowProgress(offset)) return null
  if (submission.body.type !== 'channel_created') return { kind: 'superseded' }
  return (await store.channel(channelId)) === null ? { kind: 'missing' } : { kind: 'exists' }
}

/** True if the channel can be read without a gap up to `seq`. */
async function readUpTo(
  { store, readUpTo: own }: Pick<SubmitterDeps, 'store' | 'readUpTo'>,
  channelId: string,
  seq: number,
): Promise<boolean> {
  if (own?.(channelId, seq) === true) return true
  const range = { after: Math.max(0, seq - maxTurnEvents), limit: maxTurnEvents }
  const rows = await store.events(channelId, range)
  return (rows.at(-1)?.seq ?? 0) >= seq
}
