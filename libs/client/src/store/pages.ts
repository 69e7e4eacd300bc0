import type { Message } from '@rookery/protocol'
import { RookeryError } from '../errors.ts'
import type { AnswerTo } from '../frames.ts'
import type { FeedEvent } from '../incoming.ts'
import type { Page } from './history.ts'

/** The seqs of one page. It is also the greatest number of messages in a REST answer. */
export const pageSeqs = 100

/** The two questions of which a page is made. */
export interface PageSource {
  sync(channelId: string, after: number): Promise<AnswerTo<'sync'>>
  messages(channelId: string, after: number): Promise<readonly Message[]>
}

/**
 * Loads the events `from`..`to` of a channel, at most `pageSeqs`: `sync` gives every number, so
 * that nothing can be missing, and REST gives the messages as they are now. @returns the page, or
 * null if the channel has no such seq any more. @throws RookeryError
 */
export async function loadPage(
  source: PageSource,
  channelId: string,
  from: number,
  to: number,
  askedAtHead: number,
): Promise<Page | null> {
  const [messages, synced] = await Promise.all([
    source.messages(channelId, from - 1),
    source.sync(channelId, from - 1),
  ])
  const part = synced.channels.get(channelId)
  if (part === undefined) throw new RookeryError('bad_answer', 'the channel is not in the answer')
  if ('error' in part) {
    const isLater = ['unavailable', 'internal', 'rate_limited'].includes(part.error.code)
    throw new RookeryError(
      part.error.code as RookeryError['code'],
      `the events of ${channelId} cannot be read`,
      isLater ? { retryAfterMs: 1000 } : {},
    )
  }
  if ('reset' in part) return null
  const events: FeedEvent[] = []
  for (const event of part.events) {
    if (event.seq !== from + events.length || event.seq > to) break
    events.push(event)
  }
  if (events.length === 0) return null
  return { from, to: from + events.length - 1, events, messages, askedAtHead }
}
