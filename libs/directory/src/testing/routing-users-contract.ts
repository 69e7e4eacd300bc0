import { describe, expect, it } from '@jest/globals'
import { type Route, type RouteClaim, type Routing, unnamedDeviceId } from '../routing.ts'
import type { RoutingUnderTest } from './routing-under-test.ts'
import { fresh } from './under-test.ts'

interface Socket {
  deviceId?: string
  session?: string
  serverId?: string
}

export function describeRoutedUsers(current: () => RoutingUnderTest): void {
  const routing = (): Routing => current().port
  const idsOf = async (username: string): Promise<string[]> =>
    ((await routing().routesOf([username])).get(username) ?? []).map((route) => route.connectionId)
  const connect = async (
    username: string,
    socket: Socket = {},
    limits: { maxDevices?: number; maxSockets?: number } = {},
  ): Promise<{ id: string; result: Awaited<ReturnType<Routing['claimRoute']>> }> => {
    const claim = claimOf(username, socket, limits)
    return { id: claim.connectionId, result: await routing().claimRoute(claim) }
  }
  const replacedBy = async (username: string, socket: Socket): Promise<string | null> => {
    const { result } = await connect(username, socket)
    return result.ok ? (result.replaced?.connectionId ?? null) : 'refused'
  }

  describe('a claimed route', () => {
    it('finds a claimed route as it was registered, and only for its user', async () => {
      const username = fresh('user')
      const claim = claimOf(username, { deviceId: 'phone', session: 's1' })
      expect(await routing().claimRoute(claim)).toEqual({ ok: true, replaced: null, version: null })
      const { connectionId, serverId, deviceId, session, heardAtMs } = claim
      const other = fresh('user')
      const routes = await routing().routesOf([username, other])
      expect(routes.get(username)).toEqual([
        { connectionId, serverId, deviceId, session, heardAtMs },
      ])
      expect(routes.get(other) ?? []).toEqual([])
    })

    it('gives a route its own device and no session if the client named neither', async () => {
      const username = fresh('user')
      const claim = { ...claimOf(username, {}), deviceId: 'made up', session: 'made up' }
      await routing().claimRoute(claim)
      const routes = await routing().routesOf([username])
      expect(routes.get(username)).toMatchObject([
        { deviceId: unnamedDeviceId(claim.connectionId), session: null },
      ])
    })

    it('removes a route when its lease ends, unless it is renewed', async () => {
      const { leaseMs, pass } = current()
      const username = fresh('user')
      const idle = await connect(username, { session: 'idle' })
      const claim = claimOf(username, { session: 'busy' })
      await routing().claimRoute(claim)
      await pass(leaseMs * 0.6)
      await routing().renewRoutes([renewalOf(claim, claim.heardAtMs + 5_000)])
      await pass(leaseMs * 0.6)
      const routes = (await routing().routesOf([username])).get(username) ?? []
      expect(routes.map((route) => route.connectionId)).not.toContain(idle.id)
      expect(routes).toMatchObject([
        { connectionId: claim.connectionId, heardAtMs: claim.heardAtMs + 5_000 },
      ])
    })

    it('registers an unknown route by a renewal, also above the limits', async () => {
      const username = fresh('user')
      const { id } = await connect(username, {}, { maxDevices: 1 })
      const unknown = claimOf(username, {})
      await routing().renewRoutes([renewalOf(unknown, unknown.heardAtMs)])
      expect((await idsOf(username)).sort()).toEqual([id, unknown.connectionId].sort())
    })

    it('releases a route only by its own connection', async () => {
      const username = fresh('user')
      const { id } = await connect(username)
      await routing().releaseRoute(username, fresh('connection'))
      expect(await idsOf(username)).toEqual([id])
      await routing().releaseRoute(username, id)
      await routing().releaseRoute(username, id)
      expect(await idsOf(username)).toEqual([])
    })

    it('removes a route when its server is forgotten', async () => {
      const username = fresh('user')
      const serverId = fresh('server')
      await connect(username, { serverId })
      const { id } = await connect(username)
      await routing().forgetServer(serverId)
      expect(await idsOf(username)).toEqual([id])
    })

    it('neither counts nor replaces a route itself when its claim is repeated after a lost answer', async () => {
      const claim = claimOf(fresh('user'), { deviceId: 'phone' }, { maxDevices: 1, maxSockets: 1 })
      await routing().claimRoute(claim)
      expect(await routing().claimRoute(claim)).toEqual({ ok: true, replaced: null, version: null })
      expect(await idsOf(claim.username)).toEqual([claim.connectionId])
    })
  })

  // The deviceId and session of the older and the newer socket, and whether the newer one replaces
  // the older one.
  const replacements: [older: Socket, newer: Socket, replaces: boolean][] = [
    [{ deviceId: 'phone', session: 's' }, { deviceId: 'phone', session: 's' }, true],
    [{ deviceId: 'phone' }, { deviceId: 'phone' }, true],
    [{ session: 's' }, { session: 's' }, true],
    [{}, {}, false],
    [{ deviceId: 'phone', session: 's' }, { deviceId: 'phone', session: 't' }, false],
    [{ deviceId: 'phone', session: 's' }, { deviceId: 'phone' }, false],
    [{ deviceId: 'phone' }, { deviceId: 'phone', session: 's' }, false],
    [{ deviceId: 'phone', session: 's' }, { deviceId: 'laptop', session: 's' }, false],
    [{ deviceId: 'phone' }, { deviceId: 'laptop' }, false],
    [{ deviceId: 'phone', session: 's' }, { session: 's' }, false],
    [{ session: 's' }, { deviceId: 'phone', session: 's' }, false],
    [{ session: 's' }, { session: 't' }, false],
    [{ session: 's' }, {}, false],
    [{}, { session: 's' }, false],
  ]

  describe('a new socket', () => {
    it.each(replacements)(
      'an older socket %j, then a newer one %j: replaced is %j',
      async (older, newer, replaces) => {
        const username = fresh('user')
        const { id } = await connect(username, older)
        expect(await replacedBy(username, newer)).toBe(replaces ? id : null)
        expect(await idsOf(username)).toHaveLength(replaces ? 1 : 2)
      },
    )

    it('replaces a socket that a renewal brought back after a loss', async () => {
      const username = fresh('user')
      const older = claimOf(username, { session: 's' })
      await routing().renewRoutes([renewalOf(older, older.heardAtMs)])
      expect(await replacedBy(username, { session: 's' })).toBe(older.connectionId)
    })

    it('never replaces a socket of another user', async () => {
      const username = fresh('user')
      const { id } = await connect(username, { deviceId: 'phone' })
      expect(await replacedBy(fresh('user'), { deviceId: 'phone' })).toBeNull()
      expect(await idsOf(username)).toEqual([id])
    })

    it('replaces an older socket on any server, and returns that server', async () => {
      const username = fresh('user')
      const serverId = fresh('server')
      await connect(username, { deviceId: 'phone', serverId })
      const { result } = await connect(username, { deviceId: 'phone' })
      expect(result).toMatchObject({ ok: true, replaced: { serverId, deviceId: 'phone' } })
    })
  })

  describe('the limits', () => {
    it('limits the number of devices, of which each may have several sockets', async () => {
      const username = fresh('user')
      const limits = { maxDevices: 2 }
      const sockets = [
        await connect(username, { deviceId: 'phone', session: 'a' }, limits),
        await connect(username, { deviceId: 'phone', session: 'b' }, limits),
        await connect(username, { deviceId: 'laptop' }, limits),
        await connect(username, { deviceId: 'phone', session: 'c' }, limits),
      ]
      expect(sockets.map((socket) => socket.result.ok)).toEqual([true, true, true, true])
      const { result } = await connect(username, { deviceId: 'tablet' }, limits)
      expect(result).toMatchObject({ ok: false, limit: 'devices' })
      expect(countedBy(result)).toEqual(sockets.map((socket) => socket.id).sort())
      expect(await idsOf(username)).toHaveLength(4)
    })

    it('counts each socket without a deviceId as a device of its own', async () => {
      const username = fresh('user')
      const limits = { maxDevices: 2 }
      await connect(username, {}, limits)
      await connect(username, { session: 's' }, limits)
      expect((await connect(username, {}, limits)).result.ok).toBe(false)
    })

    it('admits a replacement when the limits are reached', async () => {
      const username = fresh('user')
      const limits = { maxDevices: 1, maxSockets: 1 }
      await connect(username, { session: 's' }, limits)
      const { result } = await connect(username, { session: 's' }, limits)
      expect(result.ok).toBe(true)
    })

    it('also limits the number of sockets on all devices together', async () => {
      const username = fresh('user')
      const limits = { maxDevices: 2, maxSockets: 3 }
      const ids: string[] = []
      for (const session of ['a', 'b', 'c'])
        ids.push((await connect(username, { deviceId: 'phone', session }, limits)).id)
      const { result } = await connect(username, { deviceId: 'phone', session: 'd' }, limits)
      expect(result).toMatchObject({ ok: false, limit: 'sockets' })
      expect(countedBy(result)).toEqual(ids.sort())
    })

    it('changes nothing when a limit refuses a claim', async () => {
      const username = fresh('user')
      const { id } = await connect(username, {}, { maxDevices: 1 })
      await connect(username, {}, { maxDevices: 1 })
      expect(await idsOf(username)).toEqual([id])
    })

    it('keeps the limits when many sockets claim concurrently', async () => {
      const username = fresh('user')
      const claims = await Promise.all(
        Array.from({ length: 20 }, () => connect(username, {}, { maxDevices: 2 })),
      )
      expect(claims.filter((claim) => claim.result.ok)).toHaveLength(2)
      expect(await idsOf(username)).toHaveLength(2)
    })

    it('does not count drained sockets, even after a renewal, but still routes to them', async () => {
      const username = fresh('user')
      const serverId = fresh('server')
      const draining = claimOf(username, { serverId }, { maxDevices: 1 })
      await routing().claimRoute(draining)
      await routing().drainRoutes(serverId)
      await routing().renewRoutes([renewalOf(draining, draining.heardAtMs)])
      const { id, result } = await connect(username, {}, { maxDevices: 1, maxSockets: 1 })
      expect(result.ok).toBe(true)
      expect((await idsOf(username)).sort()).toEqual([draining.connectionId, id].sort())
    })

    it('counts the sockets of a server that does not drain', async () => {
      const username = fresh('user')
      await connect(username, {}, { maxDevices: 1 })
      await routing().drainRoutes(fresh('server'))
      expect((await connect(username, {}, { maxDevices: 1 })).result.ok).toBe(false)
    })

    it('counts neither expired nor released sockets', async () => {
      const { leaseMs, pass } = current()
      const username = fresh('user')
      await connect(username, {}, { maxDevices: 1 })
      await pass(leaseMs * 1.2)
      const { id, result } = await connect(username, {}, { maxDevices: 1 })
      expect(result.ok).toBe(true)
      await routing().releaseRoute(username, id)
      expect((await connect(username, {}, { maxDevices: 1 })).result.ok).toBe(true)
    })
  })

  describe('a user’s version', () => {
    const versionOf = async (username: string): Promise<string | null> =>
      (await routing().versions([username])).get(username) ?? null
    const change = (...changedUsers: string[]): ReturnType<Routing['advance']> =>
      routing().advance({ partition: 0, generation: 1, fresh: false, heads: [], changedUsers })

    it('replaces the user version with every change of channels, and returns it with a claim', async () => {
      const username = fresh('user')
      expect(await versionOf(username)).toBeNull()
      await change(username)
      const first = await versionOf(username)
      await change(username)
      const second = await versionOf(username)
      expect(first).toEqual(expect.any(String))
      expect(second).not.toBe(first)
      expect((await connect(username)).result).toMatchObject({ ok: true, version: second })
    })

    it('changes the versions of the users of a step only, and returns their routes', async () => {
      const [here, away, bystander] = [fresh('user'), fresh('user'), fresh('user')]
      const { id } = await connect(here)
      await change(bystander)
      const before = await versionOf(bystander)
      const { routes } = await change(here, away)
      expect(routes.get(here)?.map((route) => route.connectionId)).toEqual([id])
      expect(routes.get(away) ?? []).toEqual([])
      expect(await versionOf(bystander)).toBe(before)
    })

    it('lets a concurrent claim see the new version, or the change see the claimed route', async () => {
      const usernames = Array.from({ length: 60 }, () => fresh('user'))
      const missed: string[] = []
      await Promise.all(
        usernames.map(async (username, index) => {
          const early = index % 2 === 0 ? connect(username) : null
          const changing = change(username)
          const { id, result } = await (early ?? connect(username))
          const { routes } = await changing
          const pushed = routes.get(username)?.some((route) => route.connectionId === id) ?? false
          if (!pushed && !(result.ok && result.version !== null)) missed.push(username)
        }),
      )
      expect(missed).toEqual([])
    })

    it('accepts a proposed version only if the user has none', async () => {
      const [known, unknown] = [fresh('user'), fresh('user')]
      await change(known)
      const before = await versionOf(known)
      await routing().proposeVersions(
        new Map([
          [known, 'proposed'],
          [unknown, 'proposed'],
        ]),
      )
      expect(await versionOf(known)).toBe(before)
      expect(await versionOf(unknown)).toBe('proposed')
    })
  })
}

function claimOf(
  username: string,
  { deviceId, session, serverId = 'server' }: Socket,
  { maxDevices = 100, maxSockets = 100 }: { maxDevices?: number; maxSockets?: number } = {},
): RouteClaim {
  const connectionId = fresh('connection')
  return {
    username,
    connectionId,
    serverId,
    deviceId: deviceId ?? unnamedDeviceId(connectionId),
    session: session ?? null,
    named: { device: deviceId !== undefined, session: session !== undefined },
    heardAtMs: 1_700_000_000_000,
    maxDevices,
    maxSockets,
  }
}

function renewalOf(claim: RouteClaim, heardAtMs: number): Route & { username: string } {
  const { username, connectionId, serverId, deviceId, session } = claim
  return { username, connectionId, serverId, deviceId, session, heardAtMs }
}

function countedBy(result: Awaited<ReturnType<Routing['claimRoute']>>): string[] {
  return result.ok ? [] : result.counted.map((route) => route.connectionId).sort()
}
