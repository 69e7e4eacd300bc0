import type { CassandraSession } from './session.ts'
import type { Param, Statement } from './statement.ts'

/** What every part of the store works with. */
export interface StoreContext {
  session: CassandraSession
  /** Events, session rows and messages of so many seqs share a partition. */
  bucketSize: number
}

export function bucketOf(context: StoreContext, seq: number): number {
  return Math.floor(seq / context.bucketSize)
}

export function statement(cql: string, ...params: Param[]): Statement {
  return { cql, params }
}

/** For a column or parameter of type bigint. */
export function long(value: number): bigint {
  return BigInt(value)
}
