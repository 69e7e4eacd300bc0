import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, password } from '../src/rest.ts'
import { eventually } from '../src/eventually.ts'
import { startWorld, type World } from '../src/world.ts'

interface Person {
  username: string
  role: string
  deleted?: boolean
}

describe('an account that is deleted', () => {
  let world: World
  const clients: BareClient[] = []

  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(async () => {
    for (const client of clients) client.terminate()
    await world.close()
  })

  const user = async (name: string) => {
    const client = await BareClient.registered(world.url, name)
    clients.push(client)
    return client
  }
  const goAway = async (client: BareClient) => {
    const token = client.session.sessionToken
    const { status } = await call(world.url, 'DELETE', '/users/me', { token, body: { password } })
    expect(status).toBe(204)
  }
  const people = async (client: BareClient, channelId: string) => {
    const { body } = await call(world.url, 'GET', `/channels/${channelId}/participants`, {
      token: client.session.sessionToken,
    })
    return body.participants as unknown as Person[]
  }
  const rolesIn = async (client: BareClient, channelId: string) =>
    Object.fromEntries(
      (await people(client, channelId)).map(({ username, role }) => [username, role]),
    )

  it('a deleted owner’s channel goes to its oldest admin, or else its oldest member', async () => {
    const [owner, first, second] = [await user('own'), await user('fst'), await user('snd')]
    const group = (...participants: string[]) =>
      owner.request({ type: 'create_channel', name: 'team', participants })
    const withAdmin = (await group(first.username)).channelId
    await owner.request({
      type: 'add_participants',
      channelId: withAdmin,
      participants: [second.username],
    })
    const { username } = second
    await owner.request({ type: 'set_role', channelId: withAdmin, username, role: 'admin' })
    const withMembers = (await group(first.username)).channelId
    await owner.request({
      type: 'add_participants',
      channelId: withMembers,
      participants: [second.username],
    })
    await goAway(owner)
    await eventually(async () => {
      expect(await rolesIn(first, withAdmin)).toEqual({
        [first.username]: 'member',
        [second.username]: 'owner',
      })
      expect(await rolesIn(second, withMembers)).toEqual({
        [first.username]: 'owner',
        [second.username]: 'member',
      })
    })
    const handed = await second.next(
      (frame) =>
        frame.type === 'role_changed' && frame.channelId === withAdmin && frame['role'] === 'owner',
    )
    expect(handed).toMatchObject({ username: second.username, by: owner.username })
    const update = { type: 'update_channel', channelId: withAdmin, topic: 'ours now' }
    expect(await second.request(update)).toMatchObject({ type: 'channel_updated' })
  })

  it('a deleted account is shown as deleted to the peer of a direct channel', async () => {
    const [ann, bob] = [await user('ann'), await user('bob')]
    const participants = [bob.username]
    const { channelId } = await ann.request({ type: 'create_channel', participants })
    expect((await people(ann, channelId)).some(({ deleted }) => deleted)).toBe(false)
    await goAway(bob)
    await eventually(async () => {
      const gone = (await people(ann, channelId)).filter(({ deleted }) => deleted)
      expect(gone.map(({ username }) => username)).toEqual([bob.username])
    })
    const joined = await ann.request({ type: 'join_channel', channelId })
    expect(joined['participants']).toContainEqual(
      expect.objectContaining({ username: bob.username, deleted: true }),
    )
  })

  it('an empty public channel goes to the next user who joins it', async () => {
    const [owner, next] = [await user('own'), await user('nxt')]
    const name = `Empty ${owner.username}`
    const { channelId } = await owner.request({ type: 'create_channel', kind: 'public', name })
    await owner.request({ type: 'leave_channel', channelId })
    await next.request({ type: 'join_channel', channelId })
    await eventually(async () => {
      expect(await rolesIn(next, channelId)).toEqual({ [next.username]: 'owner' })
    })
  })
})
