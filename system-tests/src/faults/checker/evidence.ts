import type { EventRow } from '@rookery/domain'
import type { EventView, History, ReadMessage } from '../history.ts'
import type { ListedChannel } from '../users/actor.ts'
import type { Truth } from './truth.ts'

/** All events of a channel, as a member read them back after the run. */
export interface Reading {
  channelId: string
  user: string
  /** The name of the server that answered. */
  by: string
  events: readonly EventView[]
}
/** All messages of a channel as they are now, as a member read them from the api. */
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

/** All that a rule may look at. */
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
  /** The bounds of docs/reliability.md are multiplied by it, because the machine may be busy. */
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
