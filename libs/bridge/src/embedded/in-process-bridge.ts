import type {
  Answer,
  Bridge,
  InboxFollower,
  InboxPlace,
  InboxRecord,
  OutgoingRecord,
  Registration,
  Request,
  RequestKind,
  Stop,
} from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import { InProcessFollower } from './in-process-follower.ts'
import type { StoredRequest, World } from './world.ts'

const digits: Record<Answer, string> = { refused: '0', done: '1', already: '2' }
const maxInboxRecords = 100_000
const maxDeadLetters = 1_000

export class InProcessBridge implements Bridge {
  readonly #world: World
  readonly #session = Symbol('session')
  readonly #endings = new Set<() => void | Promise<void>>()
  #closed = false

  constructor(world: World) {
    this.#world = world
  }

  async prepare(): Promise<void> {
    this.#requireOpen()
  }

  watchRequests(kind: RequestKind, onChange: (requests: readonly Request[]) => void): Stop {
    return this.#watch(() => onChange([...this.#world.requests[kind].values()].map(asRead)))
  }

  async isUnchanged(request: Request): Promise<boolean> {
    return this.#current(request) !== null
  }

  async answer(request: Request, answer: Answer): Promise<'answered' | 'stale'> {
    const stored = this.#current(request)
    if (stored === null) return 'stale'
    const { kind, id } = request
    const { registry } = this.#world
    if (answer === 'done') {
      const adds = kind === 'enroll' || kind === 'account_enroll'
      if (registry.has(id) === adds) return 'stale'
      if (adds) this.#register(id, kind === 'enroll' ? 'worker' : 'account')
      else registry.delete(id)
    }
    stored.value = digits[answer]
    stored.version += 1
    stored.settle()
    this.#world.changed()
    return 'answered'
  }

  async discard(request: Request): Promise<void> {
    if (this.#current(request) === null) return
    this.#world.requests[request.kind].delete(request.id)
    this.#world.changed()
  }

  async ask(kind: RequestKind, id: string, timeoutMs: number): Promise<Answer> {
    this.#requireOpen()
    const requests = this.#world.requests[kind]
    let request = requests.get(id)
    if (request === undefined) {
      request = newRequest(kind, id, this.#world.nextIncarnation())
      requests.set(id, request)
      this.#world.changed()
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    await Promise.race([request.settled, late])
    clearTimeout(timer)
    if (requests.get(id) === request) requests.delete(id)
    this.#world.changed()
    const { value } = request
    for (const answer of ['refused', 'done', 'already'] as const)
      if (value === digits[answer]) return answer
    throw new BridgeError(
      'unavailable',
      `no manager has answered the request ${kind} ${id} in time`,
    )
  }

  async registerAccount(id: string): Promise<'done' | 'existed'> {
    this.#requireOpen()
    if (this.#world.registry.has(id)) return 'existed'
    this.#register(id, 'account')
    return 'done'
  }

  watchRegistry(onChange: (ids: ReadonlySet<string>) => void): Stop {
    return this.#watch(() => onChange(new Set(this.#world.registry.keys())))
  }

  async registrations(ids: readonly string[]): Promise<ReadonlyMap<string, Registration>> {
    this.#requireOpen()
    const { registry } = this.#world
    return new Map(
      ids.flatMap((id) => {
        const registration = registry.get(id)
        return registration === undefined ? [] : [[id, registration]]
      }),
    )
  }

  watchOnline(onChange: (ids: ReadonlySet<string>) => void): Stop {
    return this.#watch(() => onChange(new Set(this.#world.online.keys())))
  }

  async showOnline(ids: readonly string[]): Promise<void> {
    this.#requireOpen()
    for (const id of ids) this.#world.online.set(id, this.#session)
    this.#world.changed()
  }

  async hideOnline(ids: readonly string[]): Promise<void> {
    for (const id of ids)
      if (this.#world.online.get(id) === this.#session) this.#world.online.delete(id)
    this.#world.changed()
  }

  async removeOnline(ids: readonly string[]): Promise<void> {
    this.#requireOpen()
    for (const id of ids) this.#world.online.delete(id)
    this.#world.changed()
  }

  releaseOnline(): void {
    // This bridge never shows ids again that have vanished, so there is nothing to stop.
  }

  async shownHere(): Promise<ReadonlySet<string>> {
    return new Set(
      [...this.#world.online].filter(([, by]) => by === this.#session).map(([id]) => id),
    )
  }

  async chooseSender(
    { inbox, incarnation, offset }: InboxPlace,
    sender: string,
  ): Promise<string | null> {
    this.#requireOpen()
    const { choices } = this.#world
    const choice = choices.get(inbox)
    if (choice !== undefined) {
      if (choice.incarnation !== incarnation || choice.offset > offset) return null
      if (choice.offset === offset) return choice.sender
    }
    choices.set(inbox, { incarnation, offset, sender })
    return sender
  }

  async inboxes(): Promise<ReadonlySet<string>> {
    this.#requireOpen()
    return new Set(this.#world.inboxes.keys())
  }

  async createInboxes(ids: readonly string[]): Promise<void> {
    this.#requireOpen()
    const { inboxes } = this.#world
    for (const id of ids)
      if (!inboxes.has(id))
        inboxes.set(id, { incarnation: this.#world.nextIncarnation(), records: [] })
    this.#world.changed()
  }

  async deleteInbox(id: string): Promise<void> {
    this.#requireOpen()
    this.#world.inboxes.delete(id)
    this.#world.changed()
  }

  follow(onRecord: (record: InboxRecord) => Promise<void>): InboxFollower {
    this.#requireOpen()
    const follower = new InProcessFollower(this.#world, onRecord)
    const close = this.#untilClosed(() => follower.close())
    return { setInboxes: (inboxes) => follower.setInboxes(inboxes), close }
  }

  async write(id: string, { sender, text, origin }: OutgoingRecord): Promise<void> {
    this.#requireOpen()
    const inbox = this.#world.inboxes.get(id)
    if (inbox === undefined || inbox.records.length >= maxInboxRecords)
      throw new BridgeError(
        'unavailable',
        `the inbox ${id} is missing or full: nothing was written`,
      )
    inbox.records.push({ sender, text: Buffer.from(text), origin })
    this.#world.changed()
  }

  async lastWritten(id: string): Promise<ReadonlyMap<string, { epoch: number; seq: number }>> {
    const last = new Map<string, { epoch: number; seq: number }>()
    for (const { origin } of this.#world.inboxes.get(id)?.records ?? []) {
      if (origin === null) continue
      const { epoch, channelId, seq } = origin
      const before = last.get(channelId)
      if (before === undefined || epoch > before.epoch || seq > before.seq)
        last.set(channelId, { epoch, seq })
    }
    return last
  }

  async deadLetter({ inbox, offset }: InboxRecord, reason: string): Promise<void> {
    const { deadLetters } = this.#world
    deadLetters.push({ inbox, offset, reason })
    if (deadLetters.length > maxDeadLetters) deadLetters.shift()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.hideOnline([...this.#world.online.keys()])
    this.#closed = true
    await Promise.all([...this.#endings].map(async (end) => end()))
  }

  #register(id: string, kind: Registration['kind']): void {
    const incarnation = this.#world.nextIncarnation()
    this.#world.registry.set(id, { kind, incarnation, removable: true })
    this.#world.changed()
  }

  #current(request: Request): StoredRequest | null {
    this.#requireOpen()
    const stored = this.#world.requests[request.kind].get(request.id)
    return stored?.version === request.version && stored.incarnation === request.incarnation
      ? stored
      : null
  }

  #watch(notify: () => void): Stop {
    this.#requireOpen()
    let stopped = false
    const stop = this.#world.onChange(notify)
    setImmediate(() => {
      if (!stopped) notify()
    })
    const end = this.#untilClosed(() => {
      stopped = true
      stop()
    })
    return () => void end()
  }

  #untilClosed(end: () => void | Promise<void>): () => Promise<void> {
    this.#endings.add(end)
    return async () => {
      this.#endings.delete(end)
      await end()
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new BridgeError('unavailable', 'the bridge is closed')
  }
}

function newRequest(kind: RequestKind, id: string, incarnation: string): StoredRequest {
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => (settle = resolve))
  return { kind, id, version: 0, value: '-1', incarnation, settled, settle }
}

function asRead({ kind, id, version, value, incarnation }: StoredRequest): Request {
  return { kind, id, version, value, incarnation }
}
