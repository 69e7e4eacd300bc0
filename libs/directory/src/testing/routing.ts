import { describe, expect, it } from '@jest/globals'
import { describeRoutedChannels } from './routing-channels-contract.ts'
import { describeRoutedUsers } from './routing-users-contract.ts'
import type { RoutingUnderTest } from './routing-under-test.ts'
import { fresh, openedForEach } from './under-test.ts'

/** The contract of every routing engine: the definition of the port. */
export function describeRouting(engine: string, open: () => Promise<RoutingUnderTest>): void {
  describe(`routing on ${engine}`, () => {
    const current = openedForEach(open)
    describeRoutedChannels(current)
    describeRoutedUsers(current)

    describe('an engine that came back empty', () => {
      it('calls every listener that was not removed when the engine came back empty', async () => {
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
