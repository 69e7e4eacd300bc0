import { describe, expect, it } from '@jest/globals'
import type { Routing } from '../routing.ts'
import { describeRoutedChannels } from './routing-channels-contract.ts'
import { describeRoutedUsers } from './routing-users-contract.ts'
import { fresh, openedForEach, type TimedUnderTest } from './under-test.ts'

export interface RoutingUnderTest extends TimedUnderTest<Routing> {
  leaseMs: number
  freshnessMs: number
  /** Empties the engine behind the port's back. */
  empty: () => Promise<void>
}

/** What every routing engine does: the definition of the port. */
export function describeRouting(engine: string, open: () => Promise<RoutingUnderTest>): void {
  describe(`routing on ${engine}`, () => {
    const current = openedForEach(open)
    describeRoutedChannels(current)
    describeRoutedUsers(current)

    describe('an engine that came back empty', () => {
      it('is reported to every listener that stayed, and knows nothing', async () => {
        const { port: routing, empty } = current()
        const channelId = fresh('channel')
        const server = fresh('server')
        await routing.renewServer(server)
        await routing.addInterest(server, [{ channelId, partition: 0 }])
        let calls = 0
        routing.onLost(() => (calls += 100))()
        const lost = new Promise<void>((resolve) => {
          routing.onLost(() => {
            calls += 1
            resolve()
          })
        })
        await empty()
        await lost
        expect(calls).toBe(1)
        expect(await routing.interested(channelId)).toEqual([])
        expect(await routing.servers()).not.toContain(server)
      })
    })
  })
}
