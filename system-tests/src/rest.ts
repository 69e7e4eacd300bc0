import { setTimeout as delay } from 'node:timers/promises'

/** A JSON answer of the api. `body` is not validated. */
export interface Answer {
  status: number
  headers: Headers
  body: Body
}

/**
 * The fields of answers. The type is loose on purpose: tests read answers as a foreign client
 * would, and each checks the fields it needs.
 */
export interface Body {
  sessionToken: string
  refreshToken: string
  expiresIn: number
  user: Record<string, unknown>
  users: Record<string, unknown>[]
  servers: { chat: { id: string; host: string; port: number; url: string } }
  chat: { id: string; host: string; port: number; url: string }
  channels: Channel[]
  channel: Channel
  participants: Record<string, unknown>[]
  messages: Message[]
  seq: number
  messageId: string
  content: string
  head: number
  cursor: number
  sessions: Record<string, unknown>[]
  error: { code: string; message: string; retryAfterMs?: number }
}
export interface Channel extends Record<string, unknown> {
  channelId: string
  name: string | null
  head: number
  unread: number
  lastReadSeq: number
  memberCount: number
  lastMessage?: Message
}
export interface Message extends Record<string, unknown> {
  seq: number
  content?: string
}

export interface LoggedIn {
  username: string
  sessionToken: string
  refreshToken: string
  /** The URL at which to open sockets. */
  socketUrl: string
}

export const password = 'correct horse battery'

export async function call(
  url: string,
  method: string,
  path: string,
  { token, body, raw }: { token?: string; body?: unknown; raw?: string | Uint8Array } = {},
): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(sent === undefined ? {} : { body: sent as string }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  }
}

/**
 * A call that sets a test up. Like any client, it repeats the call when the api is busy.
 */
export async function granted(
  url: string,
  path: string,
  asked: { token?: string; body: unknown },
): Promise<Body> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, body } = await call(url, 'POST', path, asked)
    if (status < 300) return body
    if (status !== 503 || body.error.retryAfterMs === undefined || attempt === 5)
      throw new Error(`${path}: ${JSON.stringify(body)}`)
    await delay(body.error.retryAfterMs)
  }
}

export async function register(url: string, username: string): Promise<LoggedIn> {
  const body = await granted(url, '/auth/register', { body: { username, password } })
  return sessionOf(username, body)
}

export async function logIn(url: string, username: string): Promise<LoggedIn> {
  return sessionOf(username, await granted(url, '/auth', { body: { username, password } }))
}

let counter = 0
/** A username that no other test uses. */
export function newName(prefix = 'u'): string {
  counter += 1
  return `${prefix}${process.pid.toString(36)}${Date.now().toString(36)}${counter}`
}

export function sessionOf(username: string, body: Body): LoggedIn {
  return {
    username,
    sessionToken: body.sessionToken,
    refreshToken: body.refreshToken,
    socketUrl: body.servers.chat.url,
  }
}
