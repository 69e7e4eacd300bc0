import { afterEach, beforeEach } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { Consumption, MessageLog } from '../message-log.ts'
import type { Recorder } from './recorder.ts'

export interface LogUnderTest {
  /** An empty log with at least 4 partitions, for one test alone. */
  log: MessageLog
  /** Closes the log and opens it again, as a restart does. */
  reopen(): Promise<MessageLog>
  dispose(): Promise<void>
}
export type OpenLog = () => Promise<LogUnderTest>

/** Gives every test of the suite a fresh log. Closes the log and its consumers after the test. */
export class LogFixture {
  #open: LogUnderTest | null = null
  readonly #consumptions: Consumption[] = []

  constructor(open: OpenLog) {
    beforeEach(async () => {
      this.#open = await open()
    })
    afterEach(async () => {
      for (const consumption of this.#consumptions.splice(0)) await consumption.close()
      await this.#open?.dispose()
      this.#open = null
    })
  }

  get log(): MessageLog {
    return this.#underTest.log
  }

  reopen(): Promise<MessageLog> {
    return this.#underTest.reopen()
  }

  async consume(handler: Recorder, group = 'group'): Promise<Consumption> {
    const consumption = await this.log.consume(group, handler)
    this.#consumptions.push(consumption)
    return consumption
  }

  get #underTest(): LogUnderTest {
    if (this.#open === null) throw new Error('the log is open only during a test')
    return this.#open
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array): string => new TextDecoder().decode(value)

/** A new random key whose partition is this one. */
export function keyIn(log: MessageLog, partition: number): string {
  for (;;) {
    const key = `key-${randomUUID()}`
    if (log.partitionOf(key) === partition) return key
  }
}
