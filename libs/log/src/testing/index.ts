import { describe } from '@jest/globals'
import { describeAppending } from './append-contract.ts'
import { describeConsuming } from './consume-contract.ts'
import { LogFixture, type OpenLog } from './log-under-test.ts'

export type { LogUnderTest, OpenLog } from './log-under-test.ts'
export { Gate, Recorder } from './recorder.ts'

/** The contract of every message log, on any engine: the definition of the port. */
export function describeMessageLog(engine: string, open: OpenLog): void {
  describe(`message log on ${engine}`, () => {
    const fixture = new LogFixture(open)
    describeAppending(fixture)
    describeConsuming(fixture)
  })
}
