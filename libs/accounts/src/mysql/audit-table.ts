import type { AuditEntry, NewAuditEntry } from '../accounts.ts'
import type { Transaction } from './database.ts'

interface AuditRow {
  id: number
  by_user: string
  act: string
  on_user: string
  at_ms: number
  details: string | null
}

/** The statements about the audit trail. */
export class AuditTable {
  readonly #sql: Transaction

  constructor(sql: Transaction) {
    this.#sql = sql
  }

  append({ by, act, on, atMs, details }: NewAuditEntry): Promise<number> {
    return this.#sql.insert(
      'INSERT INTO audit (by_user, act, on_user, at_ms, details) VALUES (?, ?, ?, ?, ?)',
      by,
      act,
      on,
      atMs,
      details === undefined ? null : JSON.stringify(details),
    )
  }

  async list({ before, limit }: { before?: number; limit: number }): Promise<AuditEntry[]> {
    const rows = await this.#sql.rows<AuditRow>(
      'SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?',
      before ?? Number.MAX_SAFE_INTEGER,
      String(limit),
    )
    return rows.map((row) => ({
      id: row.id,
      by: row.by_user,
      act: row.act,
      on: row.on_user,
      atMs: row.at_ms,
      ...(row.details !== null && {
        details: JSON.parse(row.details) as Record<string, unknown>,
      }),
    }))
  }
}
