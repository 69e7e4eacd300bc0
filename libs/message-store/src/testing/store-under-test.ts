import { afterEach, beforeEach } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { MessageStore } from '../message-store.ts'

export interface StoreUnderTest {
  /** May be shared with other tests: each one uses channels, users and partitions of its own. */
  store: MessageStore
  /** Closes the store and opens it again, as a restart does. */
  reopen(): Promise<MessageStore>
  dispose(): Promise<void>
}
export type OpenStore = () => Promise<StoreUnderTest>
export type CurrentStore = () => StoreUnderTest

export function storeForEach(open: OpenStore): CurrentStore {
  let current: StoreUnderTest | null = null
  beforeEach(async () => {
    current = await open()
  })
  afterEach(async () => {
    await current?.dispose()
    current = null
  })
  return () => {
    if (current === null) throw new Error('the store is open only during a test')
    return current
  }
}

/** A name that no other test uses. */
export function fresh(name: string): string {
  return `${name}-${randomUUID()}`
}
