import { afterEach, beforeEach, describe } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import type { Coordination } from '../coordination.ts'
import { describeElections } from './election-contract.ts'
import { describeGroups } from './group-contract.ts'

export interface CoordinationUnderTest {
  /** Opens one more session in the same world. */
  open(name: string): Promise<Coordination>
  dispose(): Promise<void>
}
/** What a test of the suite works with. */
export interface CoordinationFixture {
  /** A session that is closed after the test at the latest. */
  session: (name: string) => Promise<Coordination>
  /** A name that no other test uses. */
  fresh: (name: string) => string
}

/** What every coordination engine does: the definition of the port. */
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
        if (underTest === null) throw new Error('sessions are opened only during a test')
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
