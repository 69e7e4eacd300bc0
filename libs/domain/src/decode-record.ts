import { z } from 'zod'
import { directChannelId, groupChannelId, publicChannelId } from './channel-ids.ts'
import type { ChannelRecord } from './channel-record.ts'

/**
 * A record's validity is a pure function of its bytes (ARCHITECTURE.md, "What must stay true").
 * `newer`: a later release wrote this version. The partition must halt, and must never skip the
 * record.
 */
export type DecodedRecord =
  | { ok: true; record: ChannelRecord }
  | { ok: false; newer: number }
  | { ok: false; invalid: string }

// Version 1 is released, and its meaning never changes. A rule that must change becomes version 2
// beside it.
const maxRecordBytes = 256 * 1024
const wellFormed = z
  .string()
  .regex(/^[^\p{Surrogate}]*$/u, 'is not well-formed text')
  .refine((text) => !text.includes('\0'), 'contains U+0000')
const name = wellFormed.min(1).max(64)
const session = wellFormed.min(1).max(128)
const seq = z.int().min(1)
const role = z.enum(['owner', 'admin', 'member'])
const metadata = z.record(z.string(), z.unknown()).optional()
const content = wellFormed.min(1)

const body = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('channel_created'),
    kind: z.enum(['direct', 'group', 'public']),
    name: wellFormed.nullable(),
    nameKey: wellFormed.optional(),
    clientKey: wellFormed.min(1).optional(),
    members: z.array(z.strictObject({ username: name, role })).min(1),
  }),
  z.strictObject({ type: z.literal('chat_message'), content, metadata }),
  z.strictObject({ type: z.literal('message_edited'), targetSeq: seq, content, metadata }),
  z.strictObject({ type: z.literal('message_deleted'), targetSeq: seq }),
  z.strictObject({
    type: z.enum(['reaction_added', 'reaction_removed']),
    targetSeq: seq,
    emoji: wellFormed.min(1),
  }),
  z.strictObject({ type: z.enum(['participant_joined', 'participant_left']), username: name }),
  z.strictObject({ type: z.literal('role_changed'), username: name, role }),
  z.strictObject({
    type: z.literal('channel_updated'),
    name: wellFormed.min(1).optional(),
    nameKey: wellFormed.optional(),
    topic: wellFormed.optional(),
  }),
])

const recordV1 = z.strictObject({
  v: z.literal(1),
  channelId: wellFormed.min(1).max(100),
  user: name,
  session,
  clientSeq: z.int().min(1),
  origin: wellFormed.min(1).max(128),
  body,
})

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function decodeRecord(key: string, value: Uint8Array): DecodedRecord {
  if (value.byteLength > maxRecordBytes) return { ok: false, invalid: 'too large' }
  let parsed: unknown
  try {
    parsed = JSON.parse(utf8.decode(value))
  } catch {
    return { ok: false, invalid: 'not JSON in UTF-8' }
  }
  if (typeof parsed !== 'object' || parsed === null)
    return { ok: false, invalid: 'not a JSON object' }
  const version: unknown = (parsed as { v?: unknown }).v
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > 1)
    return { ok: false, newer: version }
  const result = recordV1.safeParse(parsed)
  if (!result.success) {
    const issue = result.error.issues[0]
    return { ok: false, invalid: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` }
  }
  const record = result.data as ChannelRecord
  if (record.channelId !== key) return { ok: false, invalid: 'channelId is not the key' }
  const wrong = wrongIdentity(record)
  return wrong === null ? { ok: true, record } : { ok: false, invalid: wrong }
}

/** The fault of a record that contradicts the facts from which its channel's id is computed. */
function wrongIdentity(record: ChannelRecord): string | null {
  const { body: change, channelId } = record
  if (isMembershipChange(change.type) && channelId.startsWith('d-'))
    return 'the members of a direct channel are fixed'
  if (change.type === 'channel_updated' && change.name !== undefined && channelId.startsWith('p-'))
    return channelId === publicChannelId(change.nameKey ?? '')
      ? null
      : 'a public name may change only in spelling'
  if (change.type !== 'channel_created') return null
  const names = change.members.map((member) => member.username)
  if (new Set(names).size !== names.length) return 'a member is listed twice'
  if (!names.includes(record.user)) return 'the creator is not a member'
  const expected = expectedId(record, names)
  return expected === channelId ? null : 'channelId does not follow from its members, name or key'
}

function isMembershipChange(type: string): boolean {
  return type === 'participant_joined' || type === 'participant_left' || type === 'role_changed'
}

function expectedId(record: ChannelRecord, names: string[]): string | null {
  const { body: change } = record
  if (change.type !== 'channel_created') return null
  switch (change.kind) {
    case 'direct':
      return names.length === 2 ? directChannelId(names[0] ?? '', names[1] ?? '') : null
    case 'public':
      return change.nameKey === undefined || change.name === null
        ? null
        : publicChannelId(change.nameKey)
    case 'group':
      return groupChannelId(
        record.user,
        change.clientKey === undefined
          ? { session: record.session, clientSeq: record.clientSeq }
          : { clientKey: change.clientKey },
      )
  }
}
