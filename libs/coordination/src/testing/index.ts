import { afterEach, beforeEach, describe } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { Coordination } from '../coordination.ts'
import type { CoordinationFixture, CoordinationUnderTest } from './coordination-fixture.ts'
import { describeElections } from './election-contract.ts'
import { describeGroups } from './group-contract.ts'

export type { CoordinationFixture, CoordinationUnderTest } from './coordination-fixture.ts'

/** The contract suite of the port, which every coordination passes. */
export function describeCoordination(
  engine: string,
  open: () => Promise<CoordinationUnderTest>,
): void {
  describe(`coordination on ${engine}`, () => {
    let underTest: CoordinationUnderTest | null = null
    const sessions: Coordination[] = []
    beforeEach(async () => {
      underTest = await open()
    })
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close()
      await underTest?.dispose()
      underTest = null
    })
    const fixture: CoordinationFixture = {
      session: async (name) => {
        if (underTest === null) throw new Error('a session can be opened during a test only')
        const session = await underTest.open(name)
        sessions.push(session)
        return session
      },
      fresh: (name) => `${name}-${randomUUID()}`,
    }
    describeGroups(fixture)
    describeElections(fixture)
  })
}
