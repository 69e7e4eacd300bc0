import type { Outcome, Submission, SubmitterDeps } from './submitter.ts'

/**
 * What the store says of a submission that nobody answered; null while it cannot know. Once the partition's progress has passed the record
 * everything up to it is written at quorum, so what is not there then was refused.
 */
export async function decideFromStore(
  { submission, hash, offset }: { submission: Submission; hash: string; offset: number | null },
  { log, store }: Pick<SubmitterDeps, 'log' | 'store'>,
): Promise<Outcome | null> {
  const { channelId, clientSeq } = submission
  const progress = await store.progress(log.partitionOf(channelId))
  const done = (at: number): boolean =>
    progress !== null && progress.epoch === log.epoch.number && progress.next > at
  const row = await store.sessionRow(submission, clientSeq)
  if (row !== null && (row.position.epoch < log.epoch.number || done(row.position.offset)))
    return row.bodyHash === hash
      ? { kind: 'accepted', seq: row.seq, sentAtMs: row.sentAtMs, event: null }
      : { kind: 'superseded' }
  if (offset === null || !done(offset)) return null
  if (submission.body.type !== 'channel_created') return { kind: 'superseded' }
  return (await store.channel(channelId)) === null ? { kind: 'missing' } : { kind: 'exists' }
}
