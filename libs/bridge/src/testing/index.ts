import { afterEach, beforeEach, describe } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import type { Bridge } from '../bridge.ts'
import type { BridgeFixture, BridgeUnderTest } from './bridge-fixture.ts'
import { describeInboxes } from './inboxes-contract.ts'
import { describeOnline } from './online-contract.ts'
import { describeRequests } from './requests-contract.ts'
import { describeSenders } from './senders-contract.ts'

export type { BridgeFixture, BridgeUnderTest } from './bridge-fixture.ts'

/** The contract suite of the port, which every bridge passes. */
export function describeBridge(engine: string, open: () => Promise<BridgeUnderTest>): void {
  describe(`bridge on ${engine}`, () => {
    let underTest: BridgeUnderTest | null = null
    const sessions: Bridge[] = []
    beforeEach(async () => {
      underTest = await open()
    })
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close()
      await underTest?.dispose()
      underTest = null
    })
    const opened = (): BridgeUnderTest => {
      if (underTest === null) throw new Error('a session can be opened during a test only')
      return underTest
    }
    const fixture: BridgeFixture = {
      session: async () => {
        const session = await opened().open()
        sessions.push(session)
        return session
      },
      write: (inbox, sender, text) => opened().write(inbox, sender, text),
      fresh: (name) => `${name}-${randomBytes(5).toString('hex')}`,
    }
    describeRequests(fixture)
    describeOnline(fixture)
    describeSenders(fixture)
    describeInboxes(fixture)
  })
}
