import {
  comparePositions,
  versionOf,
  type EventRow,
  type LogPosition,
  type SessionRow,
} from '@rookery/domain'
import type {
  ChannelRow,
  MemberRow,
  MessageRow,
  Progress,
  SessionKey,
  TurnWrites,
} from '@rookery/message-store'

type Cell = { value: unknown; version: bigint }
/**
 * One statement of a turn: cells of one row. The statements of a turn reach the store in any order,
 * and some never do.
 */
export interface Statement {
  row: string
  cells: Record<string, unknown>
  version: bigint
  add?: number
}

/**
 * A simple store of versioned cells in memory. The Cassandra and SQLite stores must both behave
 * like it.
 */
export class ModelStore {
  readonly rows = new Map<string, Map<string, Cell>>()
  readonly edits = new Map<string, Set<number>>()
  progressRow: Progress | null = null

  apply({ row, cells, version, add }: Statement): void {
    let stored = this.rows.get(row)
    if (stored === undefined) this.rows.set(row, (stored = new Map()))
    for (const [name, value] of Object.entries(cells)) {
      const old = stored.get(name)
      if (old === undefined || old.version <= version) stored.set(name, { value, version })
    }
    if (add !== undefined) {
      const set = this.edits.get(row) ?? new Set()
      this.edits.set(row, set.add(add))
    }
  }

  cell(row: string, name: string): unknown {
    return this.rows.get(row)?.get(name)?.value ?? null
  }

  statements(writes: TurnWrites): Statement[] {
    const all: Statement[] = []
    for (const row of writes.events) {
      const { text, ...facts } = row
      const version = versionOf(row.position)
      all.push({ row: eventKey(row.channelId, row.seq), cells: { facts, text }, version })
    }
    for (const session of writes.sessions)
      all.push({
        row: sessionKey(session, session.clientSeq),
        cells: { session },
        version: versionOf(session.position),
      })
    for (const { channelId, position, username, present, role } of writes.members) {
      const cells: Record<string, unknown> = {}
      if (present !== undefined) cells['present'] = { present, position }
      if (role !== undefined) cells['role'] = role
      all.push({ row: `member ${channelId} ${username}`, cells, version: versionOf(position) })
    }
    for (const { channelId, position, seq, text, edit, sent } of writes.texts) {
      const cells: Record<string, unknown> = { text }
      if (sent !== undefined) cells['sent'] = sent
      all.push({
        row: `message ${channelId} ${seq}`,
        cells,
        version: versionOf(position),
        ...(edit === null ? {} : { add: edit.seq }),
      })
    }
    for (const { channelId, position, seq } of writes.deletions)
      all.push({
        row: `message ${channelId} ${seq}`,
        cells: { deleted: position },
        version: versionOf(position),
      })
    for (const { channelId, position, seq } of writes.erasures)
      all.push({
        row: eventKey(channelId, seq),
        cells: { text: null },
        version: versionOf(position),
      })
    return all
  }

  events(): EventRow[] {
    const rows: EventRow[] = []
    for (const [key, cells] of this.rows) {
      const facts = cells.get('facts')?.value as Omit<EventRow, 'text'> | undefined
      if (key.startsWith('event ') && facts !== undefined)
        rows.push({ ...facts, text: cells.get('text')?.value as EventRow['text'] })
    }
    return rows
  }

  sessions(): SessionRow[] {
    const rows: SessionRow[] = []
    for (const [key, cells] of this.rows)
      if (key.startsWith('session ')) rows.push(cells.get('session')?.value as SessionRow)
    return rows
  }

  hasEvent(channelId: string, seq: number): boolean {
    return this.rows.get(eventKey(channelId, seq))?.has('facts') === true
  }

  channelBase(channelId: string, before: LogPosition): { seq: number; messageNumber: number } {
    const base = { seq: 0, messageNumber: 0 }
    for (const row of this.events())
      if (
        row.channelId === channelId &&
        row.seq > base.seq &&
        comparePositions(row.position, before) < 0
      )
        Object.assign(base, { seq: row.seq, messageNumber: row.messageNumber })
    return base
  }

  sessionBase(key: SessionKey, before: LogPosition): number {
    let highest = 0
    for (const row of this.sessions())
      if (
        row.channelId === key.channelId &&
        row.user === key.user &&
        row.session === key.session &&
        comparePositions(row.position, before) < 0
      )
        highest = Math.max(highest, row.clientSeq)
    return highest
  }

  sessionRow(key: SessionKey, clientSeq: number): SessionRow | null {
    return this.cell(sessionKey(key, clientSeq), 'session') as SessionRow | null
  }

  member(channelId: string, username: string): MemberRow | null {
    const row = `member ${channelId} ${username}`
    const presence = this.cell(row, 'present') as { present: boolean; position: LogPosition } | null
    if (presence === null) return null
    return {
      channelId,
      username,
      present: presence.present,
      role: (this.cell(row, 'role') ?? 'member') as MemberRow['role'],
      presentPosition: presence.position,
    }
  }

  message(channelId: string, seq: number): MessageRow | null {
    const key = `message ${channelId} ${seq}`
    const sent = this.cell(key, 'sent') as { user: string } | null
    if (sent === null) return null
    const deletedPosition = this.cell(key, 'deleted') as LogPosition | null
    return {
      channelId,
      seq,
      ...sent,
      text: deletedPosition === null ? this.cell(key, 'text') : null,
      deletedPosition,
      editSeqs: [...(this.edits.get(key) ?? [])].sort((a, b) => a - b),
    } as unknown as MessageRow
  }

  channel(): ChannelRow | null {
    return null
  }
}

function eventKey(channelId: string, seq: number): string {
  return `event ${channelId} ${seq}`
}
function sessionKey(key: SessionKey, clientSeq: number): string {
  return `session ${key.channelId} ${key.user} ${key.session} ${clientSeq}`
}
