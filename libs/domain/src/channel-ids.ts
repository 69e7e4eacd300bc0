import { canonicalJson } from './canonical-json.ts'
import { sha256Hex } from './sha256.ts'

/**
 * A channel's id is computed from what makes the channel unique, so uniqueness needs no lock: the
 * first `channel_created` in the log wins. The id is 160 bits of SHA-256 behind a prefix for the
 * kind.
 */
export type ChannelKind = 'direct' | 'group' | 'public'

const prefixes = { direct: 'd', group: 'g', public: 'p' } as const satisfies Record<
  ChannelKind,
  string
>

export function directChannelId(a: string, b: string): string {
  return derive('direct', a < b ? [a, b] : [b, a])
}

/**
 * `nameKey` is the folded name (`foldChannelName`). The appender computes it and the record carries
 * it, so that the validity of a record never depends on a Unicode table that a newer runtime may
 * have changed.
 */
export function publicChannelId(nameKey: string): string {
  return derive('public', [nameKey])
}

/**
 * With a client key, a repeated creation finds the same group. Without one, every stamped request
 * creates a group of its own.
 */
export function groupChannelId(
  creator: string,
  source: { clientKey: string } | { session: string; clientSeq: number },
): string {
  return 'clientKey' in source
    ? derive('group', ['key', creator, source.clientKey])
    : derive('group', ['request', creator, source.session, source.clientSeq])
}

/** The client key of a user's chat with itself. Clients cannot send it. */
export const notesKey = '_notes'

export function notesChannelId(username: string): string {
  return groupChannelId(username, { clientKey: notesKey })
}

export function channelKindOf(channelId: string): ChannelKind | null {
  if (!/^[dgp]-[0-9a-f]{40}$/.test(channelId)) return null
  return channelId.startsWith('d') ? 'direct' : channelId.startsWith('g') ? 'group' : 'public'
}

function derive(kind: ChannelKind, parts: readonly (string | number)[]): string {
  return `${prefixes[kind]}-${sha256Hex(canonicalJson([kind, ...parts]), 40)}`
}
