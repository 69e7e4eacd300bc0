import { type Bridge, BridgeError, type InboxRecord } from '@rookery/bridge'
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
  /** Called with the outcome of each record. */
  onTaken: (outcome: 'message' | 'dead_letter' | 'unreadable') => void
}

/** The sender of messages whose record does not name a registered worker. */
const unknownSender = 'inbox'
const retryMs = 500
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Turns records that workers write into the inboxes of WebSocket users into messages in direct
 * channels, each exactly once. The offset of a record is its number in the channel, so a repeat is
 * recognized. The sender is chosen once and kept before the message is appended.
 */
export class InboxToChannel {
  readonly #deps: InboxToChannelDeps
  readonly #signal: AbortSignal
  readonly #follower: ReturnType<Bridge['follow']>
  /** New for each leadership, so that its numbers were never used before. */
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
          'a record of an inbox cannot be read: no later record of it is delivered',
        )
        deps.onTaken('unreadable')
      },
    )
  }

  /** Call when accounts or inboxes have come or gone. */
  look(): void {
    const { registry, keeper } = this.#deps.manager
    if (this.#signal.aborted) return
    const followed = [...registry.accounts.keys()].filter((id) => keeper.inboxes.has(id))
    this.#follower.setInboxes(new Set(followed))
  }

  close(): Promise<void> {
    return this.#follower.close()
  }

  async #take(record: InboxRecord): Promise<void> {
    const { manager, bridge } = this.#deps
    const { inbox, incarnation, offset } = record
    const content = contentOf(record.text)
    if (content.fault !== null) return this.#setAside(record, content.fault)
    // The next leader begins with this record.
    if (this.#signal.aborted) throw lost()
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
    logger.warn(
      { inbox, offset, reason },
      'a record cannot become a message and was copied to the dead letters',
    )
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
  return new BridgeError(
    'unavailable',
    'this process is no longer the leader, the next one repeats the record',
  )
}
