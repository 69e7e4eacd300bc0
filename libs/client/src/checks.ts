import type { RestRouteName, ServerFrame } from '@rookery/protocol'

/**
 * Decides whether what a server sent can be used. The default, `structure`, looks at the fields
 * that this library relies on. `@rookery/client/strict` compares everything with the schemas of the
 * protocol, and is five times as large.
 */
export interface Checks {
  /** @returns the frame as the rest may use it, or null if it is not a frame of this type */
  frame(type: ServerFrame['type'], value: Readonly<Record<string, unknown>>): ServerFrame | null
  /** @returns the fault of the answer; null: it is good */
  answerFault(name: RestRouteName, body: unknown): Error | null
}
