import { blobToText, type Statements, textToBlob } from '@rookery/sqlite'
import type { AuditEntry, NewAuditEntry } from '../accounts.ts'

interface AuditRow {
  id: number
  by_user: string
  act: string
  on_user: string
  at_ms: number
  details: Uint8Array | null
}

/** The statements about the audit trail. The caller runs writes inside its transaction. */
export class AuditTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  append({ by, act, on, atMs, details }: NewAuditEntry): number {
    const row = this.#sql.get<{ id: number }>(
      'INSERT INTO audit (by_user, act, on_user, at_ms, details) VALUES (?, ?, ?, ?, ?) RETURNING id',
      by,
      act,
      on,
      atMs,
      details === undefined ? null : textToBlob(JSON.stringify(details)),
    )
    return row?.id ?? 0
  }

  list({
    before = Number.MAX_SAFE_INTEGER,
    limit,
  }: {
    before?: number
    limit: number
  }): AuditEntry[] {
    return this.#sql
      .all<AuditRow>('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?', before, limit)
      .map((row) => ({
        id: row.id,
        by: row.by_user,
        act: row.act,
        on: row.on_user,
        atMs: row.at_ms,
        ...(row.details !== null && {
          details: JSON.parse(blobToText(row.details)) as Record<string, unknown>,
        }),
      }))
  }
}
