import type { Coordination } from '@rookery/coordination'
import { type ChatServerRecord, chatServerRecordSchema, chatServersGroup } from '@rookery/domain'
import type { ChatServer } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import { unavailable } from './http/api-error.ts'

type Member = Omit<ChatServerRecord, 'url'>
interface Candidate {
  readonly data: string
  readonly member: Member
  /** The URL for clients, if the chat server registered one. */
  readonly url: string | undefined
  /** Clients sent to it, as of `picksAtMs`, that its own count does not include yet. */
  picks: number
  picksAtMs: number
}

const retryAfterMs = 1_000
/** Clients that do not arrive will not come: half of the remaining picks expire in this time. */
const picksHalfLifeMs = 5_000
/** Below these, a server is not busy, and differences are chance. */
const easyCpu = 0.5
const easyDelayMs = 10
/** An event loop with this delay counts as much as a core that is fully used. */
const badDelayMs = 50

/**
 * Chooses a chat server for a client: the less loaded of two drawn at random, which spreads nearly
 * as well as the least loaded and does not send a whole crowd to one server (Mitzenmacher, "The
 * power of two choices in randomized load balancing", 2001).
 */
export class ChatServerPicker {
  readonly #random: () => number
  readonly #logger: Logger
  #candidates: ReadonlyMap<string, Candidate> = new Map()
  #stop: () => void = () => {}

  constructor(logger: Logger, random: () => number = Math.random) {
    this.#logger = logger
    this.#random = random
  }

  /** The last known servers stay while the coordination is away. */
  async watch(coordination: Pick<Coordination, 'watchMembers'>): Promise<void> {
    this.#stop = await coordination.watchMembers(chatServersGroup, (members) =>
      this.#update(members),
    )
  }

  /**
   * `secure`: the client came by TLS, so its socket must use TLS, too. A URL that the chat server
   * has registered stays unchanged.
   *
   * @throws ApiError `unavailable`
   */
  pick(secure = false): ChatServer {
    const open = [...this.#candidates.values()].filter(({ member }) => !member.draining)
    const [first, second] = this.#drawTwo(open)
    if (first === undefined)
      throw unavailable('no chat server takes clients now, try again', retryAfterMs)
    const nowMs = performance.now()
    const isBetter = second !== undefined && loadOf(second, nowMs) < loadOf(first, nowMs)
    const better = isBetter ? second : first
    better.picks = picksOf(better, nowMs) + 1
    better.picksAtMs = nowMs
    const { id, host, port } = better.member
    const made = `${secure ? 'wss' : 'ws'}://${bracketed(host)}:${port}`
    return { id, host, port, url: better.url ?? made }
  }

  /** The hosts to which clients are sent, as in a URL. */
  hosts(): string[] {
    const hosts = [...this.#candidates.values()].map(({ member, url }) =>
      url === undefined || !URL.canParse(url) ? bracketed(member.host) : new URL(url).hostname,
    )
    return [...new Set(hosts)].sort()
  }

  /** All known servers, by id. */
  members(): Member[] {
    return [...this.#candidates.values()]
      .map(({ member }) => member)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  close(): void {
    this.#stop()
  }

  #drawTwo(open: readonly Candidate[]): [Candidate | undefined, Candidate | undefined] {
    const first = Math.floor(this.#random() * open.length)
    const other = Math.floor(this.#random() * (open.length - 1))
    return [open[first], open.length > 1 ? open[other < first ? other : other + 1] : undefined]
  }

  #update(members: ReadonlyMap<string, string>): void {
    const next = new Map<string, Candidate>()
    for (const [name, data] of members) {
      const known = this.#candidates.get(name)
      if (known?.data === data) {
        next.set(name, known)
        continue
      }
      const record = parsed(data)
      if (record === null)
        this.#logger.warn({ member: name }, 'a chat server has a malformed registration: ignored')
      else next.set(name, { data, ...record, ...picksLeft(known, record.member) })
    }
    this.#candidates = next
  }
}

/** Clients that arrived since the last report are now in the server's own count. */
function picksLeft(
  known: Candidate | undefined,
  { sockets }: Member,
): Pick<Candidate, 'picks' | 'picksAtMs'> {
  const picksAtMs = performance.now()
  if (known === undefined) return { picks: 0, picksAtMs }
  const came = Math.max(0, sockets - known.member.sockets)
  return { picks: Math.max(0, picksOf(known, picksAtMs) - came), picksAtMs }
}

function picksOf({ picks, picksAtMs }: Candidate, nowMs: number): number {
  return picks * 0.5 ** ((nowMs - picksAtMs) / picksHalfLifeMs)
}

function loadOf(candidate: Candidate, nowMs: number): number {
  const { sockets, cpu = 0, eventLoopDelayMs = 0 } = candidate.member
  const pressure =
    Math.max(0, cpu - easyCpu) + Math.max(0, eventLoopDelayMs - easyDelayMs) / badDelayMs
  return (sockets + picksOf(candidate, nowMs) + 1) * (1 + pressure)
}

function parsed(data: string): Pick<Candidate, 'member' | 'url'> | null {
  try {
    const { url, ...member } = chatServerRecordSchema.parse(JSON.parse(data))
    return { member, url }
  } catch {
    return null
  }
}

/** An IPv6 address stands in brackets in a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
