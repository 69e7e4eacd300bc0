import type { Outcome, Submission, SubmitterDeps } from './submitter.ts'

/** A turn of the dispatcher holds fewer records than this, so what lies further below its rows was stored before it began. */
const maxTurnEvents = 1_000

/**
 * What the store says of a submission that nobody answered; null while it cannot know. A row decides once everything of its channel up to it
 * can be read, or the partition's progress has passed it. No row decides only by progress: everything below that is written at quorum, so what
 * is not there then was refused.
 */
export async function decideFromStore(
  { submission, hash, offset }: { submission: Submission; hash: string; offset: number | null },
  deps: Pick<SubmitterDeps, 'log' | 'store' | 'readUpTo'>,
): Promise<Outcome | null> {
  const { log, store } = deps
  const { channelId, clientSeq } = submission
  const progress = await store.progress(log.partitionOf(channelId))
  const done = (at: number): boolean =>
    progress !== null && progress.epoch === log.epoch.number && progress.next > at
  const row = await store.sessionRow(submission, clientSeq)
  if (row !== null) {
    if (row.bodyHash !== hash) return { kind: 'superseded' }
    const { position, seq, sentAtMs } = row
    const passed = position.epoch < log.epoch.number || done(position.offset)
    // Progress waits for the directory; senders need not.
    if (!passed && !(await readUpTo(deps, channelId, seq))) return null
    return { kind: 'accepted', seq, sentAtMs, event: null }
  }
  if (offset === null || !done(offset)) return null
  if (submission.body.type !== 'channel_created') return { kind: 'superseded' }
  return (await store.channel(channelId)) === null ? { kind: 'missing' } : { kind: 'exists' }
}

/** Whether the channel can be read without a hole up to `seq`. */
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
