import { describe } from '@jest/globals'
import { describeMarks } from './marks-contract.ts'
import { describeMessages } from './messages-contract.ts'
import { describeOrder } from './order-contract.ts'
import { describeProjections } from './projections-contract.ts'
import { describeRows } from './rows-contract.ts'
import { type OpenStore, storeForEach } from './store-under-test.ts'

export type { OpenStore, StoreUnderTest } from './store-under-test.ts'

/** The contract of every message store, on any engine: the definition of the port. */
export function describeMessageStore(engine: string, open: OpenStore): void {
  describe(`message store on ${engine}`, () => {
    const current = storeForEach(open)
    describeRows(current)
    describeProjections(current)
    describeMessages(current)
    describeOrder(current)
    describeMarks(current)
  })
}
