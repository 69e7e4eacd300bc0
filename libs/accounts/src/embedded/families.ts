import { blobToText, type Statements, textToBlob } from '@rookery/sqlite'
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

const maxListed = 100

interface FamilyRow {
  family_id: string
  username: string
  chain_key: Uint8Array
  /**
   * The generation of the newest token that was presented. Example: a log-in issues token 0, which
   * is exchanged for token 1; the generation is 0 until token 1 is presented.
   */
  generation: number
  started_at_ms: number
  used_at_ms: number
  device: Uint8Array | null
  ended_at_ms: number | null
}

/** The statements about families. The caller runs writes inside its transaction. */
export class FamilyTables {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  start({ username, atMs, device }: FamilyStart): { familyId: string; refreshToken: string } {
    const { familyId, key, refreshToken } = newFamily()
    this.#sql.run(
      `INSERT INTO families (family_id, username, chain_key, generation, started_at_ms, used_at_ms, device)
       VALUES (?, ?, ?, 0, ?, ?, ?)`,
      familyId,
      username,
      key,
      atMs,
      atMs,
      device === undefined ? null : textToBlob(device),
    )
    this.#addToken(refreshToken, familyId, 0, atMs)
    return { familyId, refreshToken }
  }

  rotate(refreshToken: string, { nowMs, idleMs, absoluteMs }: FamilyLifetime): Rotation {
    const row = this.#sql.get<FamilyRow & { presented: number }>(
      `SELECT families.*, tokens.generation AS presented FROM tokens JOIN families USING (family_id)
       WHERE token_hash = ?`,
      tokenHash(refreshToken),
    )
    if (row === undefined) return { outcome: 'unknown' }
    if (row.ended_at_ms !== null) return { outcome: 'ended' }
    if (nowMs >= Math.min(row.used_at_ms + idleMs, row.started_at_ms + absoluteMs)) {
      return { outcome: 'expired' }
    }
    const { family_id: familyId, username, presented } = row
    if (presented < row.generation) {
      this.revoke({ username, familyId }, 'ended', nowMs)
      return { outcome: 'reuse', familyId, username }
    }
    this.#sql.run(
      'UPDATE families SET generation = ?, used_at_ms = max(used_at_ms, ?) WHERE family_id = ?',
      presented,
      nowMs,
      familyId,
    )
    const successor = successorOf(refreshToken, row.chain_key)
    this.#addToken(successor, familyId, presented + 1, nowMs)
    // A spent token that is older than `idleMs` has expired: its reuse need not be noticed any
    // more.
    this.#sql.run(
      'DELETE FROM tokens WHERE family_id = ? AND generation < ? AND issued_at_ms < ?',
      familyId,
      presented,
      nowMs - idleMs,
    )
    return { outcome: 'rotated', familyId, username, refreshToken: successor }
  }

  reissue(
    { username, familyId }: { username: string; familyId: string },
    atMs: number,
  ): string | null {
    const row = this.#sql.get<{ generation: number }>(
      `UPDATE families SET generation = generation + 1, used_at_ms = max(used_at_ms, ?)
       WHERE family_id = ? AND username = ? AND ended_at_ms IS NULL RETURNING generation`,
      atMs,
      familyId,
      username,
    )
    if (row === undefined) return null
    this.#sql.run('DELETE FROM tokens WHERE family_id = ?', familyId)
    const refreshToken = randomRefreshToken()
    this.#addToken(refreshToken, familyId, row.generation, atMs)
    return refreshToken
  }

  of(refreshToken: string): { familyId: string; username: string } | null {
    const row = this.#sql.get<{ family_id: string; username: string }>(
      'SELECT family_id, username FROM tokens JOIN families USING (family_id) WHERE token_hash = ?',
      tokenHash(refreshToken),
    )
    return row === undefined ? null : { familyId: row.family_id, username: row.username }
  }

  list(username: string, { nowMs, idleMs, absoluteMs }: FamilyLifetime): Family[] {
    return this.#sql
      .all<FamilyRow>(
        `SELECT * FROM families
         WHERE username = ? AND ended_at_ms IS NULL AND used_at_ms > ? AND started_at_ms > ?
         ORDER BY used_at_ms DESC, family_id LIMIT ?`,
        username,
        nowMs - idleMs,
        nowMs - absoluteMs,
        maxListed,
      )
      .map((row) => ({
        familyId: row.family_id,
        startedAtMs: row.started_at_ms,
        usedAtMs: row.used_at_ms,
        ...(row.device !== null && { device: blobToText(row.device) }),
      }))
  }

  revoke(which: FamilySelection, reason: EndReason, atMs: number): string[] {
    return this.#sql
      .all<{ family_id: string }>(
        `UPDATE families SET ended_at_ms = max(?1, used_at_ms), end_reason = ?2
         WHERE username = ?3 AND ended_at_ms IS NULL
           AND (?4 IS NULL OR family_id = ?4) AND (?5 IS NULL OR family_id <> ?5)
         RETURNING family_id`,
        atMs,
        reason,
        which.username,
        which.familyId ?? null,
        which.exceptFamilyId ?? null,
      )
      .map((row) => row.family_id)
  }

  revokedSince(sinceMs: number, limit: number): EndedFamily[] {
    return this.#sql
      .all<{ family_id: string; end_reason: EndReason; ended_at_ms: number }>(
        `SELECT family_id, end_reason, ended_at_ms FROM families
         WHERE ended_at_ms >= ? ORDER BY ended_at_ms DESC LIMIT ?`,
        sinceMs,
        limit,
      )
      .map((row) => ({
        familyId: row.family_id,
        reason: row.end_reason,
        endedAtMs: row.ended_at_ms,
      }))
  }

  forget(
    { nowMs, idleMs, absoluteMs }: FamilyLifetime,
    endedBeforeMs: number,
    limit: number,
  ): number {
    return this.#sql.run(
      `DELETE FROM families WHERE family_id IN (
         SELECT family_id FROM families
         WHERE used_at_ms <= ? OR started_at_ms <= ? OR ended_at_ms < ? LIMIT ?)`,
      nowMs - idleMs,
      nowMs - absoluteMs,
      endedBeforeMs,
      limit,
    )
  }

  #addToken(token: string, familyId: string, generation: number, issuedAtMs: number): void {
    this.#sql.run(
      'INSERT INTO tokens VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      tokenHash(token),
      familyId,
      generation,
      issuedAtMs,
    )
  }
}
