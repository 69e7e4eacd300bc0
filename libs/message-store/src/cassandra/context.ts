import type { CassandraSession } from './session.ts'
import type { Param, Statement } from './statement.ts'

/** Shared by every part of the store. */
export interface StoreContext {
  session: CassandraSession
  /** Number of seqs whose events, session rows and messages share a Cassandra partition. */
  bucketSize: number
}

export function bucketOf(context: StoreContext, seq: number): number {
  return Math.floor(seq / context.bucketSize)
}

export function statement(cql: string, ...params: Param[]): Statement {
  return { cql, params }
}

/** Converts a number for a column or parameter of type bigint. */
export function long(value: number): bigint {
  return BigInt(value)
}
