import type {
  EndedFamily,
  EndReason,
  Family,
  FamilyLifetime,
  FamilySelection,
  FamilyStart,
  Rotation,
} from '../accounts.ts'
import { newFamily, randomRefreshToken, successorOf, tokenHash } from '../refresh-tokens.ts'
import type { Transaction } from './database.ts'
import { inLists } from './in-lists.ts'

const maxListed = 100

interface FamilyRow {
  family_id: string
  username: string
  chain_key: Buffer
  /**
   * The generation of the newest token that was presented. Example: a log-in issues token 0, which
   * is exchanged for token 1; the generation is 0 until token 1 is presented.
   */
  generation: number
  started_at_ms: number
  used_at_ms: number
  device: string | null
  ended_at_ms: number | null
}

/**
 * The statements about families. Every change of a family locks its row first and its tokens
 * second, so that two changes never deadlock.
 */
export class FamilyTables {
  readonly #sql: Transaction

  constructor(sql: Transaction) {
    this.#sql = sql
  }

  async start(start: FamilyStart): Promise<{ familyId: string; refreshToken: string }> {
    const { username, atMs, device } = start
    const { familyId, key, refreshToken } = newFamily()
    await this.#sql.run(
      `INSERT INTO families (family_id, username, chain_key, generation, started_at_ms, used_at_ms, device)
       VALUES (?, ?, ?, 0, ?, ?, ?)`,
      familyId,
      username,
      Buffer.from(key),
      atMs,
      atMs,
      device ?? null,
    )
    await this.#addToken(refreshToken, familyId, 0, atMs)
    return { familyId, refreshToken }
  }

  async rotate(refreshToken: string, lifetime: FamilyLifetime): Promise<Rotation> {
    const { nowMs, idleMs, absoluteMs } = lifetime
    const hash = hashOf(refreshToken)
    const [found] = await this.#sql.rows<{ family_id: string }>(
      'SELECT family_id FROM tokens WHERE token_hash = ?',
      hash,
    )
    if (found === undefined) return { outcome: 'unknown' }
    const [row] = await this.#sql.rows<FamilyRow>(
      'SELECT * FROM families WHERE family_id = ? FOR UPDATE',
      found.family_id,
    )
    // Read under the lock, because `reissue` may have replaced the token meanwhile.
    const [token] = await this.#sql.rows<{ generation: number }>(
      'SELECT generation FROM tokens WHERE token_hash = ?',
      hash,
    )
    if (row === undefined || token === undefined) return { outcome: 'unknown' }
    if (row.ended_at_ms !== null) return { outcome: 'ended' }
    if (nowMs >= Math.min(row.used_at_ms + idleMs, row.started_at_ms + absoluteMs)) {
      return { outcome: 'expired' }
    }
    const { family_id: familyId, username } = row
    const presented = token.generation
    if (presented < row.generation) {
      await this.revoke({ username, familyId }, 'ended', nowMs)
      return { outcome: 'reuse', familyId, username }
    }
    await this.#sql.run(
      'UPDATE families SET generation = ?, used_at_ms = GREATEST(used_at_ms, ?) WHERE family_id = ?',
      presented,
      nowMs,
      familyId,
    )
    const successor = successorOf(refreshToken, row.chain_key)
    await this.#addToken(successor, familyId, presented + 1, nowMs)
    // A spent token that is older than `idleMs` has expired: its reuse need not be noticed any
    // more.
    await this.#sql.run(
      'DELETE FROM tokens WHERE family_id = ? AND generation < ? AND issued_at_ms < ?',
      familyId,
      presented,
      nowMs - idleMs,
    )
    return { outcome: 'rotated', familyId, username, refreshToken: successor }
  }

  async reissue(
    { username, familyId }: { username: string; familyId: string },
    atMs: number,
  ): Promise<string | null> {
    const [row] = await this.#sql.rows<{ generation: number }>(
      `SELECT generation FROM families
       WHERE family_id = ? AND username = ? AND ended_at_ms IS NULL FOR UPDATE`,
      familyId,
      username,
    )
    if (row === undefined) return null
    const generation = row.generation + 1
    await this.#sql.run(
      'UPDATE families SET generation = ?, used_at_ms = GREATEST(used_at_ms, ?) WHERE family_id = ?',
      generation,
      atMs,
      familyId,
    )
    await this.#sql.run('DELETE FROM tokens WHERE family_id = ?', familyId)
    const refreshToken = randomRefreshToken()
    await this.#addToken(refreshToken, familyId, generation, atMs)
    return refreshToken
  }

  async of(refreshToken: string): Promise<{ familyId: string; username: string } | null> {
    const [row] = await this.#sql.rows<{ family_id: string; username: string }>(
      `SELECT families.family_id, username FROM tokens JOIN families ON families.family_id = tokens.family_id
       WHERE token_hash = ?`,
      hashOf(refreshToken),
    )
    return row === undefined ? null : { familyId: row.family_id, username: row.username }
  }

  async list(username: string, lifetime: FamilyLifetime): Promise<Family[]> {
    const { nowMs, idleMs, absoluteMs } = lifetime
    const rows = await this.#sql.rows<FamilyRow>(
      `SELECT * FROM families
       WHERE username = ? AND ended_at_ms IS NULL AND used_at_ms > ? AND started_at_ms > ?
       ORDER BY used_at_ms DESC, family_id LIMIT ${maxListed}`,
      username,
      nowMs - idleMs,
      nowMs - absoluteMs,
    )
    return rows.map((row) => ({
      familyId: row.family_id,
      startedAtMs: row.started_at_ms,
      usedAtMs: row.used_at_ms,
      ...(row.device !== null && { device: row.device }),
    }))
  }

  async revoke(which: FamilySelection, reason: EndReason, atMs: number): Promise<string[]> {
    const { username, familyId = null, exceptFamilyId = null } = which
    const rows = await this.#sql.rows<{ family_id: string }>(
      `SELECT family_id FROM families WHERE username = ? AND ended_at_ms IS NULL
         AND (? IS NULL OR family_id = ?) AND (? IS NULL OR family_id <> ?) FOR UPDATE`,
      username,
      familyId,
      familyId,
      exceptFamilyId,
      exceptFamilyId,
    )
    const ids = rows.map((row) => row.family_id)
    for (const { marks, params } of inLists(ids)) {
      await this.#sql.run(
        `UPDATE families SET ended_at_ms = GREATEST(?, used_at_ms), end_reason = ? WHERE family_id IN (${marks})`,
        atMs,
        reason,
        ...params,
      )
    }
    return ids
  }

  async revokedSince(sinceMs: number, limit: number): Promise<EndedFamily[]> {
    const rows = await this.#sql.rows<{
      family_id: string
      end_reason: EndReason
      ended_at_ms: number
    }>(
      `SELECT family_id, end_reason, ended_at_ms FROM families
       WHERE ended_at_ms >= ? ORDER BY ended_at_ms DESC LIMIT ?`,
      sinceMs,
      String(limit),
    )
    return rows.map((row) => ({
      familyId: row.family_id,
      reason: row.end_reason,
      endedAtMs: row.ended_at_ms,
    }))
  }

  async forget(lifetime: FamilyLifetime, endedBeforeMs: number, limit: number): Promise<number> {
    const { nowMs, idleMs, absoluteMs } = lifetime
    let forgotten = 0
    // One condition at a time, so that each uses its own index.
    for (const [condition, ms] of [
      ['used_at_ms <= ?', nowMs - idleMs],
      ['started_at_ms <= ?', nowMs - absoluteMs],
      ['ended_at_ms < ?', endedBeforeMs],
    ] as const) {
      if (forgotten === limit) break
      const sql = `DELETE FROM families WHERE ${condition} LIMIT ?`
      forgotten += await this.#sql.run(sql, ms, String(limit - forgotten))
    }
    return forgotten
  }

  async #addToken(
    token: string,
    familyId: string,
    generation: number,
    issuedAtMs: number,
  ): Promise<void> {
    // The successor of a token that is presented twice exists already.
    await this.#sql.run(
      `INSERT INTO tokens (token_hash, family_id, generation, issued_at_ms) VALUES (?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE token_hash = token_hash`,
      hashOf(token),
      familyId,
      generation,
      issuedAtMs,
    )
  }
}

function hashOf(token: string): Buffer {
  return Buffer.from(tokenHash(token))
}
