import { isErrorCode, restCalls } from '@rookery/protocol/constants'
import type { RestAnswer, RestBody, RestRouteName } from '@rookery/protocol'
import type { Checks } from './checks.ts'
import { RookeryError } from './errors.ts'
import { cannotReach } from './reason.ts'
import { structure } from './structure.ts'

export type Fetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    body?: string
    signal: AbortSignal
  },
) => Promise<{ status: number; ok: boolean; text(): Promise<string> }>

export interface RestCall<Name extends RestRouteName> {
  /** Values of the path's `:name` parts. */
  params?: Readonly<Record<string, string | number>>
  query?: Readonly<Record<string, string | number | undefined>>
  body?: RestBody<Name>
  /** The access token. */
  token?: string
}

/** The REST calls of the protocol, with checked input and answers. */
export class RestClient {
  readonly #baseUrl: string
  readonly #fetch: Fetch
  readonly #timeoutMs: number
  readonly #checks: Checks

  constructor(options: {
    url: string
    fetch?: Fetch | undefined
    timeoutMs?: number | undefined
    checks?: Checks | undefined
  }) {
    this.#baseUrl = options.url.replace(/\/+$/, '')
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#checks = options.checks ?? structure
  }

  /** @throws RookeryError with the server's code, `network` (no answer) or `bad_answer`. */
  async call<Name extends RestRouteName>(
    name: Name,
    call: RestCall<Name> = {},
  ): Promise<RestAnswer<Name>> {
    const route = restCalls[name]
    const { status, ok, text } = await this.#exchange(
      `${this.#baseUrl}${fillPath(route.path, call.params)}${queryString(call.query)}`,
      route.method,
      call,
    )
    if (!ok) throw toError(status, text)
    const body = status === 204 ? undefined : name === 'metrics' ? text : parseJson(text)
    const fault = this.#checks.answerFault(name, body)
    if (fault !== null) {
      throw new RookeryError('bad_answer', `unexpected answer to ${route.method} ${route.path}`, {
        cause: fault,
      })
    }
    return body as RestAnswer<Name>
  }

  async #exchange(
    url: string,
    method: string,
    call: { body?: unknown; token?: string },
  ): Promise<{ status: number; ok: boolean; text: string }> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (call.token !== undefined) headers['authorization'] = `Bearer ${call.token}`
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    try {
      const answer = await this.#fetch(url, {
        method,
        headers,
        signal: AbortSignal.timeout(this.#timeoutMs),
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      })
      return { status: answer.status, ok: answer.ok, text: await answer.text() }
    } catch (cause) {
      throw new RookeryError('network', cannotReach(new URL(url).origin, cause), { cause })
    }
  }
}

function fillPath(path: string, params: RestCall<RestRouteName>['params'] = {}): string {
  return path.replaceAll(/:([A-Za-z]+)/g, (_match, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  )
}

function queryString(query: RestCall<RestRouteName>['query'] = {}): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) given.set(key, String(value))
  }
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

function toError(status: number, text: string): RookeryError {
  const body = parseJson(text) as { error?: Record<string, unknown> } | null | undefined
  const { code, message, retryAfterMs } = body?.error ?? {}
  if (isErrorCode(code)) {
    return new RookeryError(code, String(message), {
      retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
    })
  }
  // A proxy's own page: 502 to 504 may be retried, others not.
  return status >= 502 && status <= 504
    ? new RookeryError('unavailable', `HTTP ${status}`, { retryAfterMs: 1000 })
    : new RookeryError('bad_answer', `HTTP ${status}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
