import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ChannelAction,
  type ChannelKind,
  maySetRole,
  may,
  outranks,
  permissions,
  type Role,
} from '@rookery/domain'
import { restRoutes, type RestRoute } from '@rookery/protocol'
import { BareClient, type Frame } from '../src/bare-client.ts'
import { call, newName, register } from '../src/rest.ts'
import { admin as adminOf, startWorld, type World } from '../src/world.ts'

/** `stranger`: no member; `platform`: an admin of the platform who is no member either. */
type Actor = Role | 'stranger' | 'platform'
type Answer = { allowed: boolean; code?: string | undefined }

const roles = ['owner', 'admin', 'member'] as const
const actors: readonly Actor[] = [...roles, 'stranger', 'platform']
const kinds = ['direct', 'group', 'public'] as const
const actions = Object.keys(permissions) as ChannelAction[]
const high = '100000'

let world: World
let clients: Record<Actor | 'victim' | 'candidate', BareClient>
beforeAll(async () => {
  world = await startWorld({
    RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: high,
    RATE_LIMIT_SOCKET_REQUEST_BURST: high,
    RATE_LIMIT_MESSAGES_PER_SECOND: high,
    RATE_LIMIT_MESSAGE_BURST: high,
    RATE_LIMIT_REFUSALS: high,
    RATE_LIMIT_REQUESTS: `${high}/1s`,
    RATE_LIMIT_MESSAGES: `${high}/1s`,
  })
  const open = (name: string) => BareClient.registered(world.url, name)
  clients = {
    owner: await open('owner'),
    admin: await open('admin'),
    member: await open('member'),
    stranger: await open('stranger'),
    platform: await BareClient.connect(await adminOf(world)),
    victim: await open('victim'),
    candidate: await open('candidate'),
  }
})
afterAll(async () => {
  for (const client of Object.values(clients)) client.terminate()
  await world.close()
})

interface Scene {
  channelId: string
  /** The seq of a message by the victim. */
  theirs: number
  /** The seq of a message by the actor; for an actor who is no member, also by the victim. */
  own: number
}

/** A new channel with one member of every role, or the direct one, which no action changes. */
async function sceneOf(kind: ChannelKind, actor: Actor, alone = false): Promise<Scene> {
  const { owner, admin, member, victim } = clients
  const others = alone ? [] : [admin, member, victim].map((client) => client.username)
  const made =
    kind === 'direct'
      ? await member.request({ type: 'create_channel', participants: [victim.username] })
      : await owner.request({
          type: 'create_channel',
          kind,
          name: newName('c'),
          participants: others,
        })
  const { channelId } = made
  if (kind !== 'direct' && !alone)
    await owner.request({ type: 'set_role', channelId, username: admin.username, role: 'admin' })
  const say = async (client: BareClient): Promise<number> =>
    (await client.request({ type: 'chat_message', channelId, content: 'x' })).seq
  const outside = actor === 'stranger' || actor === 'platform'
  const theirs = await say(alone ? owner : victim)
  return { channelId, theirs, own: outside ? theirs : await say(clients[actor]) }
}

type Attempt = (client: BareClient, scene: Scene) => Promise<Answer>
const asked =
  (frame: (scene: Scene) => Record<string, unknown>): Attempt =>
  async (client, scene) =>
    outcomeOf(await client.request({ channelId: scene.channelId, ...frame(scene) }))

const outcomeOf = (answer: Frame): Answer =>
  answer.type === 'error' ? { allowed: false, code: answer.code } : { allowed: true }

const bySocket: Record<ChannelAction, readonly Attempt[]> = {
  read: [
    async (client, { channelId }) => {
      const { error } = await client.sync(channelId, 0)
      return { allowed: error === undefined, code: error?.code }
    },
    asked(() => ({ type: 'mark_channel_read' })),
  ],
  send: [asked(() => ({ type: 'chat_message', content: 'y' }))],
  react: [
    asked(({ theirs }) => ({ type: 'add_reaction', seq: theirs, emoji: '👍' })),
    asked(({ theirs }) => ({ type: 'remove_reaction', seq: theirs, emoji: '👍' })),
  ],
  edit_own: [asked(({ own }) => ({ type: 'edit_message', seq: own, content: 'z' }))],
  delete_own: [asked(({ own }) => ({ type: 'delete_message', seq: own }))],
  delete_any: [asked(({ theirs }) => ({ type: 'delete_message', seq: theirs }))],
  add: [asked(() => ({ type: 'add_participants', participants: [clients.candidate.username] }))],
  remove: [asked(() => ({ type: 'remove_participant', username: clients.victim.username }))],
  set_role: [
    asked(() => ({ type: 'set_role', username: clients.victim.username, role: 'member' })),
  ],
  update: [asked(() => ({ type: 'update_channel', topic: 't' }))],
  leave: [asked(() => ({ type: 'leave_channel' }))],
}

const codes: Record<number, string> = { 403: 'forbidden', 404: 'not_found' }
const fetched =
  (method: string, path: (scene: Scene) => string, body?: unknown): Attempt =>
  async (client, scene) => {
    const { status } = await call(world.url, method, `/channels/${path(scene)}`, {
      token: client.session.sessionToken,
      ...(body === undefined ? {} : { body }),
    })
    return { allowed: status < 300, code: codes[status] }
  }

/** REST has calls to read and to send only. */
const byRest: Partial<Record<ChannelAction, readonly Attempt[]>> = {
  read: [
    fetched('GET', ({ channelId }) => channelId),
    fetched('GET', ({ channelId }) => `${channelId}/participants`),
    fetched('GET', ({ channelId }) => `${channelId}/messages`),
    fetched('GET', ({ channelId, theirs }) => `${channelId}/messages/${theirs}`),
    fetched('GET', ({ channelId }) => `${channelId}/consumers/c/messages`),
    fetched('POST', ({ channelId }) => `${channelId}/consumers/c/commit`, { seq: 1 }),
  ],
  send: [fetched('POST', ({ channelId }) => `${channelId}/messages`, { content: 'y' })],
}

const inKind = (kind: ChannelKind, actor: Actor): boolean =>
  kind !== 'direct' || (actor !== 'owner' && actor !== 'admin')

const cells = kinds.flatMap((kind) =>
  actors
    .filter((actor) => inKind(kind, actor))
    .flatMap((actor) =>
      actions.map((action) => {
        const outside = actor === 'stranger' || actor === 'platform'
        const allowed = !outside && may(action, kind, actor)
        const code = allowed ? undefined : outside && kind !== 'public' ? 'not_found' : 'forbidden'
        return { kind, actor, action, expected: { allowed, code } }
      }),
    ),
)

describe('the table of permissions', () => {
  it.each(cells)(
    'keeps the permissions: $actor, $action, $kind → $expected.allowed',
    async ({ kind, actor, action, expected }) => {
      // An owner may leave only as the last member.
      const scene = await sceneOf(kind, actor, actor === 'owner' && action === 'leave')
      const { head: before } = await witness(kind).sync(scene.channelId, 0)
      for (const attempt of [...bySocket[action], ...(byRest[action] ?? [])]) {
        const { allowed, code } = await attempt(clients[actor], scene)
        expect({ allowed, code }).toEqual(expected)
      }
      const { head } = await witness(kind).sync(scene.channelId, 0)
      // A refused action makes no event.
      expect(expected.allowed || head === before).toBe(true)
    },
  )

  it('lets no user edit the message of another', async () => {
    const { channelId, theirs } = await sceneOf('group', 'owner')
    for (const role of roles) {
      const answer = await clients[role].request({
        type: 'edit_message',
        channelId,
        seq: theirs,
        content: 'forged',
      })
      expect(answer).toMatchObject({ type: 'error', code: 'forbidden' })
    }
  })
})

const witness = (kind: ChannelKind): BareClient =>
  kind === 'direct' ? clients.victim : clients.owner

describe('the order of ranks', () => {
  const others = ['admin', 'member'] as const
  const seats = roles.flatMap((own) => others.map((from) => ({ own, from })))
  const changes = seats.flatMap((seat) => roles.map((to) => ({ ...seat, to })))

  /** Creates a group in which the victim has the role `from`. */
  const groupWithVictim = async (from: Role): Promise<string> => {
    const { channelId } = await sceneOf('group', 'owner')
    const username = clients.victim.username
    await clients.owner.request({ type: 'set_role', channelId, username, role: from })
    return channelId
  }

  it.each(seats)('keeps the order of ranks: $own removes $from', async ({ own, from }) => {
    const channelId = await groupWithVictim(from)
    const username = clients.victim.username
    const answer = await clients[own].request({ type: 'remove_participant', channelId, username })
    expect(outcomeOf(answer).allowed).toBe(may('remove', 'group', own) && outranks(own, from))
  })

  it.each(changes)('keeps the order of ranks: $own makes $from $to', async ({ own, from, to }) => {
    const channelId = await groupWithVictim(from)
    const username = clients.victim.username
    const answer = await clients[own].request({ type: 'set_role', channelId, username, role: to })
    const expected = may('set_role', 'group', own) && maySetRole(own, from, to)
    expect(outcomeOf(answer).allowed).toBe(expected)
  })

  it.each(roles)('protects the owner from a %s', async (own) => {
    const { channelId } = await sceneOf('group', 'owner')
    const username = clients.owner.username
    const [removed, demoted] = [
      await clients[own].request({ type: 'remove_participant', channelId, username }),
      await clients[own].request({ type: 'set_role', channelId, username, role: 'member' }),
    ]
    expect([removed, demoted].map((answer) => answer.code)).toEqual(['forbidden', 'forbidden'])
  })
})

describe('calls that need a token', () => {
  const routes: readonly RestRoute[] = Object.values(restRoutes)
  const closed = routes.filter(({ auth }) => auth !== 'none')
  const path = ({ path: template }: RestRoute): string => template.replaceAll(/:\w+/g, 'x')

  it.each(closed.map((route) => ({ route, name: `${route.method} ${route.path}` })))(
    '$name refuses a missing or invalid token',
    async ({ route }) => {
      for (const token of [undefined, 'x', `${clients.member.session.sessionToken}x`]) {
        const { status, body } = await call(world.url, route.method, path(route), {
          ...(token === undefined ? {} : { token }),
          ...(route.body === undefined ? {} : { body: {} }),
        })
        expect([status, body.error.code]).toEqual([401, 'unauthorized'])
      }
    },
  )

  const adminOnly = routes.filter(({ auth }) => auth === 'admin')
  it.each(adminOnly.map((route) => ({ route, name: `${route.method} ${route.path}` })))(
    '$name refuses users who are no admins of the platform',
    async ({ route }) => {
      const as = async (actor: Actor): Promise<number> =>
        (
          await call(world.url, route.method, path(route), {
            token: clients[actor].session.sessionToken,
            ...(route.body === undefined ? {} : { body: {} }),
          })
        ).status
      expect([await as('owner'), await as('member')]).toEqual([403, 403])
      expect([401, 403]).not.toContain(await as('platform'))
    },
  )
})

describe('moderation', () => {
  const act = (method: string, what: string, client: BareClient) =>
    call(world.url, method, `/admin/users/${client.username}/${what}`, {
      token: clients.platform.session.sessionToken,
      ...(method === 'POST' ? { body: { reason: 'r' } } : {}),
    })

  it('a ban closes every socket with 4003 within 5 s, and refuses new ones with 4003', async () => {
    const session = await register(world.url, newName('banned'))
    // In a cluster these are two chat servers.
    const at = (socketUrl = '') => BareClient.connect({ ...session, socketUrl })
    const [banned, second] = [await at(world.sockets[0]), await at(world.sockets.at(-1))]
    expect(await act('POST', 'ban', banned)).toMatchObject({ status: 204 })
    expect([await banned.closed(5_000), await second.closed(5_000)]).toEqual([4003, 4003])
    const again = await BareClient.open(banned.session)
    again.send({ type: 'authenticate', token: banned.session.sessionToken })
    expect(await again.closed(5_000)).toBe(4003)
    const { status } = await call(world.url, 'POST', '/auth/refresh', {
      body: { refreshToken: banned.session.refreshToken },
    })
    expect(status).toBe(401)
  })

  it('a muted user cannot write by socket or REST within 5 s, but can read', async () => {
    const muted = await BareClient.registered(world.url, 'muted')
    const { channelId } = await muted.request({ type: 'create_channel', name: 'g' })
    const first = await muted.request({ type: 'chat_message', channelId, content: 'x' })
    expect(await act('POST', 'mute', muted)).toMatchObject({ status: 204 })
    const silencedBy = Date.now() + 5_000
    const speak = () => muted.request({ type: 'status_update', status: 'busy', text: 'y' })
    while ((await speak()).type !== 'error' && Date.now() < silencedBy)
      await new Promise((resolve) => setTimeout(resolve, 50))
    for (const frame of [
      { type: 'chat_message', content: 'y' },
      { type: 'edit_message', seq: first.seq, content: 'y' },
      { type: 'add_reaction', seq: first.seq, emoji: '👍' },
      { type: 'update_channel', topic: 'y' },
      { type: 'update_channel', name: 'y' },
      { type: 'create_channel', channelId: undefined, name: 'y', participants: [] },
      { type: 'status_update', channelId: undefined, status: 'busy', text: 'y' },
    ])
      expect(await muted.request({ channelId, ...frame })).toMatchObject({ code: 'forbidden' })
    expect(await muted.request({ type: 'status_update', status: 'busy' })).toMatchObject({
      type: 'presence_update',
    })
    const token = muted.session.sessionToken
    const send = () =>
      call(world.url, 'POST', `/channels/${channelId}/messages`, { token, body: { content: 'y' } })
    const rename = () =>
      call(world.url, 'PATCH', '/users/me', { token, body: { displayName: 'y' } })
    expect([(await send()).status, (await rename()).status]).toEqual([403, 403])
    expect((await muted.sync(channelId, 0)).head).toBe(first.seq)
    const other = await BareClient.connect(muted.session)
    expect(await other.request({ type: 'chat_message', channelId, content: 'y' })).toMatchObject({
      code: 'forbidden',
    })
    expect(await act('DELETE', 'mute', muted)).toMatchObject({ status: 204 })
    expect([(await send()).status, (await rename()).status]).toEqual([201, 200])
    const freedBy = Date.now() + 5_000
    while ((await speak()).type === 'error' && Date.now() < freedBy)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await muted.request({ type: 'chat_message', channelId, content: 'y' })).toMatchObject({
      type: 'message_ack',
    })
  })

  it('the audit log says which admin did what to which user', async () => {
    const { body } = await call(world.url, 'GET', '/admin/audit', {
      token: clients.platform.session.sessionToken,
    })
    const { entries } = body as unknown as { entries: { by: string; act: string; on: string }[] }
    const own = entries.filter(({ on }) => /^(banned|muted)/.test(on))
    expect(own.map(({ act: done }) => done).slice(0, 3)).toEqual(['unmute', 'mute', 'ban'])
    expect(new Set(own.map(({ by }) => by))).toEqual(new Set([clients.platform.username]))
  })
})
