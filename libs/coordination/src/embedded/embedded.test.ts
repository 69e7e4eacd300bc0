import { describe, expect, it } from '@jest/globals'
import { describeCoordination } from '../testing/index.ts'
import { createCoordinationWorld } from './index.ts'

describeCoordination('one process', async () => {
  const world = createCoordinationWorld()
  return { open: async (name) => world.open(name), dispose: async () => undefined }
})

describe('embedded coordination', () => {
  it('notifies watchers once of all changes of a turn, after the calls that made them', async () => {
    const session = createCoordinationWorld().open('a')
    const sizes: number[] = []
    await session.watchMembers('group', (members) => sizes.push(members.size))
    await Promise.all(['a', 'b', 'c'].map((member) => session.join('group', member, '')))
    expect(sizes).toEqual([0])
    await new Promise((resolve) => setImmediate(resolve))
    expect(sizes).toEqual([0, 3])
    await session.close()
  })

  it('keeps elections of different worlds apart', async () => {
    const [one, other] = [createCoordinationWorld(), createCoordinationWorld()]
    const session = one.open('a')
    await session.elect('election', 'a', async () => undefined)
    expect(await session.leaderOf('election')).toBe('a')
    expect(await other.open('b').leaderOf('election')).toBeNull()
    await session.close()
  })

  it('never elects a candidate whose session closed in the same turn', async () => {
    const session = createCoordinationWorld().open('a')
    let led = false
    const standing = session.elect('election', 'a', async () => {
      led = true
    })
    await session.close()
    await standing
    expect(led).toBe(false)
  })

  it('names the closed session in its error', async () => {
    const session = createCoordinationWorld().open('api')
    await session.close()
    await expect(session.leaderOf('election')).rejects.toThrow('the session of api is closed')
  })
})
