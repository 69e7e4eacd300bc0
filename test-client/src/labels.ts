import { foldChannelName } from '@rookery/protocol'
import type { InRoom } from './report.ts'
import { isolated, quoted } from './visible.ts'

/** A public name that needs no quotes. */
const plainName =
  /^[\p{L}\p{N}\p{Extended_Pictographic}](?: ?(?:\p{L}|\p{M}|\p{N}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|[._'&+!?-]))*$/u

/**
 * The form in which a channel is always written: `@bob` is the direct channel with bob, `#lobby` is
 * a public room, `"Team"` is a group. So a name that a user chose can never look like another kind.
 */
export function labelOf({ room, channelId, kind, peer, twin }: InRoom): string {
  switch (kind) {
    case 'direct':
      if (peer === 'self') return `${room} (you)`
      return peer === 'deleted' ? `${room} (account deleted)` : room
    case 'public':
      return `#${isPlain(room) ? room : quoted(room)}`
    case 'group':
      return `${quoted(room)}${twin === true ? ` ~${channelId}` : ''}`
  }
}

/** The label, for a line that may contain text written from right to left. */
export function isolatedLabel(place: InRoom): string {
  return isolated(labelOf(place))
}

function isPlain(name: string): boolean {
  return plainName.test(name) && quoted(name) === `"${name}"`
}

/** The channel that a person means. */
export type RoomReference =
  | { kind: 'direct'; username: string }
  | { kind: 'public'; name: string }
  /** In quotes: a group or else a public room of exactly this name. */
  | { kind: 'quoted'; name: string }
  /** An id, or a public room, or else a group. */
  | { kind: 'bare'; name: string }

/** Reads a typed reference: a label as it is shown, a bare name, or an id. */
export function parseRoom(text: string): RoomReference | null {
  const typed = text.trim()
  const [, hash, inQuotes] = /^(#?)"((?:[^"\\]|\\.)*)"$/su.exec(typed) ?? []
  if (inQuotes !== undefined) {
    const name = inQuotes.replaceAll(/\\(.)/gsu, '$1')
    return name === '' ? null : { kind: hash === '#' ? 'public' : 'quoted', name }
  }
  const rest = typed.slice(1)
  if (typed.startsWith('@')) return rest === '' ? null : { kind: 'direct', username: lower(rest) }
  if (typed.startsWith('#')) return rest === '' ? null : { kind: 'public', name: rest }
  return typed === '' ? null : { kind: 'bare', name: typed }
}

/** True if two names belong to the same public room. */
export function sameName(one: string, other: string): boolean {
  return foldChannelName(one) === foldChannelName(other)
}

/** `@bob` or `bob`, for an argument that can only be a person. */
export function usernameOf(word: string): string {
  return word.replace(/^@/, '')
}

function lower(username: string): string {
  return username.toLowerCase()
}
