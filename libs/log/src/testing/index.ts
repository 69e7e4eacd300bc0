import { describe } from '@jest/globals'
import { describeAppending } from './append-contract.ts'
import { describeConsuming } from './consume-contract.ts'
import { LogFixture, type OpenLog } from './log-under-test.ts'

export type { LogUnderTest, OpenLog } from './log-under-test.ts'
export { Gate, Recorder } from './recorder.ts'

/** What every message log does, whatever engine is behind it: the definition of the port. */
export function describeMessageLog(engine: string, open: OpenLog): void {
  describe(`message log on ${engine}`, () => {
    const fixture = new LogFixture(open)
    describeAppending(fixture)
    describeConsuming(fixture)
  })
}
