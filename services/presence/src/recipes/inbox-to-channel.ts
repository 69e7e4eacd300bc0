import { type Bridge, BridgeError, type InboxRecord, LevelTrigger } from '@rookery/bridge'
import { type ChannelCreated, directChannelId } from '@rookery/domain'
import type { MessageStore } from '@rookery/message-store'
import { contentSchema } from '@rookery/protocol'
import type { Logger } from '@rookery/service-kit'
import type { Outcome, Submitter } from '@rookery/submission'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Manager } from './manager.ts'

export interface InboxToChannelDeps {
  bridge: Bridge
  manager: Pick<Manager, 'registry' | 'keeper'>
  submitter: Pick<Submitter, 'outcomeOf'>
  store: Pick<MessageStore, 'channel'>
  logger: Logger
  /** What became of a record. */
  onTaken: (outcome: 'message' | 'dead_letter' | 'unreadable') => void
}

/** Who speaks when it is not known who does. */
const unknownSender = 'inbox'
const retryMs = 500
const lookEveryMs = 5_000
const startsAtOnce = 100
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * What workers write into the inboxes of WebSocket users becomes messages in the direct channels with them. Exactly once: a record's place is its
 * number in the channel, and whom it is from is decided once, before it is appended.
 */
export class InboxToChannel {
  readonly #deps: InboxToChannelDeps
  readonly #signal: AbortSignal
  readonly #follower: ReturnType<Bridge['follow']>
  readonly #trigger: LevelTrigger
  readonly #starts = new Map<string, { incarnation: string; start: number }>()
  /** One of this leadership, so that no number in it was ever used before. */
  readonly #session = `_${randomUUID()}`
  #lastNumber = 0

  constructor(deps: InboxToChannelDeps, signal: AbortSignal) {
    this.#deps = deps
    this.#signal = signal
    this.#follower = deps.bridge.follow(
      (record) => this.#take(record),
      (inbox, error) => {
        deps.logger.error(
          { err: error, inbox },
          'an inbox stands still: what it holds cannot be read',
        )
        deps.onTaken('unreadable')
      },
    )
    this.#trigger = new LevelTrigger(() => this.#look(), {
      everyMs: lookEveryMs,
      onError: (error) => deps.logger.warn({ err: error }, 'inboxes cannot be followed now'),
    })
  }

  /** Accounts or inboxes have come or gone. */
  look(): void {
    this.#trigger.poke()
  }

  async close(): Promise<void> {
    await this.#trigger.close()
    await this.#follower.close()
  }

  async #look(): Promise<void> {
    const { bridge, manager } = this.#deps
    const wanted = [...manager.registry.accounts].filter(([id]) => manager.keeper.inboxes.has(id))
    const incarnations = new Map(wanted.map(([id, { incarnation }]) => [id, incarnation]))
    for (const [id, { incarnation }] of this.#starts)
      if (incarnations.get(id) !== incarnation) this.#starts.delete(id)
    // One whose account was made anew meanwhile is followed anew as well.
    this.#setInboxes()
    const fresh = wanted.filter(([id]) => !this.#starts.has(id))
    for (let from = 0; from < fresh.length; from += startsAtOnce)
      await Promise.all(
        fresh.slice(from, from + startsAtOnce).map(async ([id, { incarnation }]) => {
          const start = (await bridge.lastChosen(id, incarnation)) ?? 0
          this.#starts.set(id, { incarnation, start })
        }),
      )
    if (fresh.length > 0) this.#setInboxes()
  }

  #setInboxes(): void {
    if (this.#signal.aborted) return
    this.#follower.setInboxes(new Map([...this.#starts].map(([id, { start }]) => [id, start])))
  }

  async #take(record: InboxRecord): Promise<void> {
    const { manager, bridge } = this.#deps
    const { inbox, offset } = record
    const content = contentOf(record.text)
    if (content.fault !== null) return this.#setAside(record, content.fault)
    const incarnation = this.#starts.get(inbox)?.incarnation
    // The inbox is followed no more; who follows it next begins with this record.
    if (incarnation === undefined || this.#signal.aborted) throw lost()
    const claimed = record.sender
    const isWorker = claimed !== null && (await manager.registry.isWorker(claimed))
    const sender = await bridge.chooseSender(
      { inbox, incarnation, offset },
      isWorker ? claimed.toLowerCase() : unknownSender,
    )
    if (sender === null) return
    const channelId = directChannelId(inbox, sender)
    const message = {
      channelId,
      user: sender,
      session: `_inbox:${inbox}:${incarnation}`,
      clientSeq: offset + 1,
      body: { type: 'chat_message', content: content.text },
    } as const
    while (!this.#signal.aborted) {
      await this.#openChannel(channelId, inbox, sender)
      const outcome = await this.#deps.submitter.outcomeOf(message)
      switch (outcome.kind) {
        case 'accepted':
          this.#deps.onTaken('message')
          return
        case 'superseded':
          return this.#setAside(record, 'its place in the inbox was used before')
        case 'too_large':
          return this.#setAside(record, 'too large')
        default:
          await this.#pause()
      }
    }
    throw lost()
  }

  async #openChannel(channelId: string, receiver: string, sender: string): Promise<void> {
    while (!this.#signal.aborted) {
      if ((await this.#deps.store.channel(channelId)) !== null) return
      const number = { session: this.#session, clientSeq: ++this.#lastNumber }
      const body: ChannelCreated = {
        type: 'channel_created',
        kind: 'direct',
        name: null,
        members: [receiver, sender]
          .sort((a, b) => (a < b ? -1 : 1))
          .map((username) => ({ username, role: 'member' })),
      }
      const outcome: Outcome = await this.#deps.submitter.outcomeOf({
        channelId,
        user: sender,
        ...number,
        body,
      })
      if (outcome.kind === 'accepted' || outcome.kind === 'exists') return
      await this.#pause()
    }
  }

  async #setAside(record: InboxRecord, reason: string): Promise<void> {
    const { bridge, logger, onTaken } = this.#deps
    await bridge.deadLetter(record, reason)
    const { inbox, offset } = record
    logger.warn({ inbox, offset, reason }, 'a record cannot be a message and is set aside')
    onTaken('dead_letter')
  }

  async #pause(): Promise<void> {
    await sleep(retryMs, undefined, { signal: this.#signal }).catch(() => undefined)
  }
}

function contentOf(
  bytes: Uint8Array | null,
): ({ fault: string } & { text?: never }) | { fault: null; text: string } {
  if (bytes === null) return { fault: 'no text' }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { fault: 'not UTF-8' }
  }
  const parsed = contentSchema.safeParse(text)
  if (parsed.success) return { fault: null, text }
  return { fault: text === '' ? 'empty' : 'too long, or not to be stored' }
}

function lost(): BridgeError {
  return new BridgeError('unavailable', 'this process leads no more')
}
