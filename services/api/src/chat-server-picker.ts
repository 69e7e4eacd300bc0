import type { Coordination } from '@rookery/coordination'
import type { ChatServer, Cluster } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import { z } from 'zod'
import { unavailable } from './http/api-error.ts'

/** The group that chat servers join, and what they say of themselves there. */
export const chatServersGroup = 'chat-servers'

const memberSchema = z.object({
  id: z.string(),
  host: z.string(),
  port: z.int(),
  sockets: z.int().min(0),
  cpu: z.number().min(0).optional(),
  eventLoopDelayMs: z.number().min(0).optional(),
  draining: z.boolean(),
  version: z.string().optional(),
})

type Member = Cluster['chatServers'][number]
interface Candidate {
  readonly data: string
  readonly member: Member
  /** Clients sent there that its own count may not show yet. */
  picks: number
  picksSinceMs: number
}

const RETRY_AFTER_MS = 1_000
/** A server tells its load every few seconds; picks older than this are in its count or never came. */
const PICKS_COUNT_MS = 10_000
/** A loop that stalls this long is as bad as a core that is full. */
const BAD_DELAY_MS = 50

/**
 * Chooses a chat server for a client: the less loaded of two drawn at random, which spreads nearly as well
 * as the least loaded and does not send a whole crowd to one server (Mitzenmacher, "The power of two
 * choices in randomized load balancing", 2001).
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

  /** Keeps the last known servers while the coordination is away. */
  async watch(coordination: Pick<Coordination, 'watchMembers'>): Promise<void> {
    this.#stop = await coordination.watchMembers(chatServersGroup, (members) =>
      this.#update(members),
    )
  }

  /** @throws ApiError `unavailable` */
  pick(): ChatServer {
    const open = [...this.#candidates.values()].filter(({ member }) => !member.draining)
    const [first, second] = this.#drawTwo(open)
    if (first === undefined) throw unavailable('no chat server is there', RETRY_AFTER_MS)
    forgetOldPicks(open, performance.now())
    const better = second !== undefined && loadOf(second) < loadOf(first) ? second : first
    better.picks++
    const { id, host, port } = better.member
    return { id, host, port, url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}` }
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
      const member = memberOf(data)
      if (member === null) this.#logger.warn({ member: name }, 'a chat server tells nonsense')
      else next.set(name, { data, member, picks: 0, picksSinceMs: performance.now() })
    }
    this.#candidates = next
  }
}

function forgetOldPicks(candidates: readonly Candidate[], nowMs: number): void {
  for (const candidate of candidates) {
    if (nowMs - candidate.picksSinceMs <= PICKS_COUNT_MS) continue
    candidate.picks = 0
    candidate.picksSinceMs = nowMs
  }
}

function loadOf({ member, picks }: Candidate): number {
  const { sockets, cpu = 0, eventLoopDelayMs = 0 } = member
  return (sockets + picks + 1) * (1 + cpu + eventLoopDelayMs / BAD_DELAY_MS)
}

function memberOf(data: string): Member | null {
  try {
    const { cpu, eventLoopDelayMs, version, ...rest } = memberSchema.parse(JSON.parse(data))
    return {
      ...rest,
      ...(cpu !== undefined && { cpu }),
      ...(eventLoopDelayMs !== undefined && { eventLoopDelayMs }),
      ...(version !== undefined && { version }),
    }
  } catch {
    return null
  }
}
