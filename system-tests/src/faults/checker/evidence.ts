import type { EventRow } from '@rookery/domain'
import type { EventView, History, ReadMessage } from '../history.ts'
import type { ListedChannel } from '../users/actor.ts'
import type { Truth } from './truth.ts'

/** A whole channel as a member was told it when all was over. */
export interface Reading {
  channelId: string
  user: string
  /** Through what: a server's name. */
  by: string
  events: readonly EventView[]
}
/** All messages of a channel as they are now, as the api told a member. */
export interface Pages {
  channelId: string
  user: string
  by: string
  messages: readonly ReadMessage[]
}
export interface Listing {
  user: string
  by: string
  channels: readonly ListedChannel[]
}

/** All that a check may look at. */
export interface Evidence {
  history: History
  /** The log, folded offline. */
  truth: Truth
  /** Rows as they are stored, by channel. */
  stored: ReadonlyMap<string, readonly EventRow[]>
  readings: readonly Reading[]
  pages: readonly Pages[]
  listings: readonly Listing[]
  /** Milliseconds to add to the history's clock to compare with the log's timestamps. */
  clockOffsetMs: number
  /** DESIGN's bounds are multiplied by it: for a machine that does other things, too. */
  slack: number
}

export const rules = [
  'acked-is-stored',
  'refused-is-not',
  'nothing-invented',
  'nothing-twice',
  'numbered',
  'refold',
  'session-order',
  'real-time-order',
  'one-meaning',
  'shown-in-steps',
  'shown-in-time',
  'resolved',
  'history-has-what-was-seen',
  'readings-agree',
  'as-it-is-now',
  'unread',
  'no-right-to-see',
  'no-right-to-write',
  'never-reset',
  'never-turned-away',
] as const
export type Rule = (typeof rules)[number]

export interface Violation {
  rule: Rule
  /** What happened, in one sentence. */
  text: string
}
