import type { CassandraSession } from './cassandra-session.ts'
import type { Param, Statement } from './statement.ts'

/** Shared by every part of the store. */
export interface StoreContext {
  cassandra: CassandraSession
  /** Events, session rows and messages of this many seqs share a partition. */
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
