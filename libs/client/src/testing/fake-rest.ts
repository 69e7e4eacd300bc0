import { errorCodes, foldChannelName } from '@rookery/protocol'
import type { ErrorCode } from '@rookery/protocol'
import { Refused } from './fake-chat.ts'
import type { FakeChat } from './fake-chat.ts'

export interface RestRequest {
  method: string
  path: string
  query: URLSearchParams
  body: Record<string, unknown>
  token: string | null
}

export interface RestReply {
  status: number
  body?: unknown
}

export function restError(code: ErrorCode, retryAfterMs?: number): RestReply {
  const error = { code, message: code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  return { status: errorCodes[code], body: { error } }
}

/** Log-ins and their tokens. Only the newest access and refresh tokens of a user are valid. */
export class FakeLogins {
  expiresIn = 900
  readonly #access = new Map<string, string>()
  readonly #refresh = new Map<string, string>()
  #count = 0

  issue(username: string): { sessionToken: string; refreshToken: string } {
    const sessionToken = `access-${++this.#count}`
    const refreshToken = `refresh-${this.#count}`
    this.#access.set(sessionToken, username)
    this.#refresh.set(refreshToken, username)
    return { sessionToken, refreshToken }
  }

  userOf(accessToken: string | null): string | undefined {
    return this.#access.get(accessToken ?? '')
  }

  refreshes(refreshToken: string): string | undefined {
    return this.#refresh.get(refreshToken)
  }

  /** Refuses every access token so far. */
  revokeAccess(): void {
    this.#access.clear()
  }

  revokeAll(): void {
    this.#access.clear()
    this.#refresh.clear()
  }
}

/** The REST calls that clients make, answered from memory. */
export function answerRest(
  request: RestRequest,
  chat: FakeChat,
  logins: FakeLogins,
  server: () => { id: string; host: string; port: number; url: string },
): RestReply {
  const { method, path, body, query } = request
  const login = (username: string, status: number): RestReply => ({
    status,
    body: {
      ...logins.issue(username),
      expiresIn: logins.expiresIn,
      user: { username, displayName: chat.users.get(username)?.displayName ?? username },
      servers: { chat: server() },
    },
  })
  if (path === '/auth/register') {
    const username = String(body['username']).toLowerCase()
    if (chat.users.has(username)) return restError('username_taken')
    const displayName = (body['displayName'] as string | undefined) ?? username
    chat.users.set(username, { password: String(body['password']), displayName })
    return login(username, 201)
  }
  if (path === '/auth') {
    const username = String(body['username']).toLowerCase()
    const known = chat.users.get(username)
    return known?.password === body['password']
      ? login(username, 200)
      : restError('invalid_credentials')
  }
  if (path === '/auth/refresh') {
    const username = logins.refreshes(String(body['refreshToken']))
    return username === undefined ? restError('unauthorized') : login(username, 200)
  }
  const self = logins.userOf(request.token)
  if (self === undefined) return restError('unauthorized')
  if (path === '/auth/logout' || method === 'DELETE') return { status: 204 }
  try {
    return { status: 200, body: answerMember(path, query, self, chat, server) }
  } catch (error) {
    return restError(error instanceof Refused ? error.code : 'internal')
  }
}

function answerMember(
  path: string,
  query: URLSearchParams,
  self: string,
  chat: FakeChat,
  server: () => object,
): unknown {
  const [, first, second, third] = path.split('/').map(decodeURIComponent)
  const user = (username: string) => ({
    username,
    displayName: chat.users.get(username)?.displayName ?? username,
    status: 'online',
    lastSeen: '2026-01-01T00:00:00.000Z',
  })
  if (path === '/servers') return { chat: server() }
  if (path === '/auth/sessions') {
    const at = '2026-01-01T00:00:00.000Z'
    return { sessions: [{ id: 'f1', startedAt: at, usedAt: at, device: 'test', current: true }] }
  }
  if (path === '/channels') {
    return { channels: chat.of(self).map((channel) => chat.view(channel, self)) }
  }
  if (path === '/channels/public') {
    const beginning = foldChannelName(query.get('query') ?? '')
    const found = [...chat.channels.values()].filter(
      ({ kind, name }) => kind === 'public' && foldChannelName(name ?? '').startsWith(beginning),
    )
    return { channels: found.map((channel) => chat.view(channel, self)) }
  }
  if (path === '/users') {
    const prefix = query.get('query') ?? ''
    return { users: [...chat.users.keys()].filter((name) => name.startsWith(prefix)).map(user) }
  }
  if (first === 'users' && second !== undefined) {
    if (!chat.users.has(second)) throw new Refused('not_found')
    return user(second)
  }
  const channel = chat.channels.get(second ?? '')
  if (first !== 'channels' || channel === undefined || !channel.members.has(self))
    throw new Refused('not_found')
  if (third === 'participants') return { participants: chat.participants(channel) }
  if (third !== 'messages') return { channel: chat.view(channel, self) }
  const limit = Number(query.get('limit') ?? 50)
  const before = Number(query.get('before') ?? Number.POSITIVE_INFINITY)
  const after = query.get('after')
  const messages = chat
    .messages(channel)
    .filter(({ seq }) => seq < before && seq > Number(after ?? 0))
  const page = after === null ? messages.slice(-limit) : messages.slice(0, limit)
  return { messages: page, head: channel.events.length }
}
