import { RookeryClient, RookeryError } from '@rookery/client'
import { strictChecks } from '@rookery/client/strict'
import type { EventView, History, ReadMessage } from '../history.ts'
import type { Operation } from '../operation.ts'
import { NotDone, type Actor, type ListedChannel } from './actor.ts'
import { ShownLists } from './shown-lists.ts'

const password = 'fault test password'
/** Codes of the client library after which the request may have taken effect or not. */
const undecided = new Set(['frame_refused', 'closed', 'stopped', 'network', 'bad_answer'])

/** A user on the client library. */
export class LibraryUser implements Actor {
  readonly name: string
  readonly #client: RookeryClient
  readonly #lists: ShownLists
  #token = ''

  constructor(name: string, url: string, history: History) {
    this.name = name
    this.#client = new RookeryClient({
      url,
      deviceId: `device-of-${name}`,
      backoff: { maxMs: 2_000 },
      checks: strictChecks,
    })
    this.#lists = new ShownLists(name, history)
    this.#watch(history)
  }

  get connected(): boolean {
    return this.#client.online
  }

  get shown(): ReadonlyMap<string, number> {
    return this.#lists.last
  }

  async connect(): Promise<void> {
    await this.#client.register(this.name, password)
    await this.#client.connect()
  }

  async execute(_op: number, operation: Operation): Promise<number | null> {
    return orNotDone(() => this.#call(operation))
  }

  readPage(channelId: string): Promise<{ head: number; messages: readonly ReadMessage[] }> {
    const call = { params: { channelId }, query: { limit: 100 } }
    return orNotDone(() => this.#client.rest('listMessages', call))
  }

  async listChannels(): Promise<readonly ListedChannel[]> {
    return (await orNotDone(() => this.#client.rest('listChannels'))).channels
  }

  get token(): string {
    return this.#token
  }

  close(): void {
    this.#client.close()
  }

  #watch(history: History): void {
    const client = this.#client
    const lists = this.#lists
    const user = this.name
    client.on('tokens', ({ sessionToken }) => (this.#token = sessionToken))
    client.on('ready', () => {
      history.add({ kind: 'up', user })
      for (const [channelId, view] of client.channels)
        if (!lists.isOpen(channelId)) lists.open(channelId, view.channel.head)
    })
    client.on('reconnecting', ({ why }) => history.add({ kind: 'down', user, why }))
    client.on('stopped', ({ code }) => history.add({ kind: 'turned-away', user, code }))
    client.on('channel_joined', ({ channelId, head }) => {
      if (!lists.isOpen(channelId)) lists.open(channelId, head)
    })
    client.on('channel_removed', ({ channelId }) => lists.close(channelId))
    client.on('reset', ({ channelId, head }) => lists.reset(channelId, head))
    client.on('event', (event) => {
      if (event.type === 'channel_created' && !lists.isOpen(event.channelId))
        lists.open(event.channelId, 0)
      const { requestId: _answer, ...view } = event
      lists.show(view as EventView)
    })
  }

  async #call(operation: Operation): Promise<number | null> {
    const client = this.#client
    const { channelId } = operation
    switch (operation.type) {
      case 'chat_message':
        return (await client.send(channelId, operation.content)).seq
      case 'edit_message':
        await client.edit(channelId, operation.seq, operation.content)
        return null
      case 'delete_message':
        await client.deleteMessage(channelId, operation.seq)
        return null
      case 'add_reaction':
        await client.react(channelId, operation.seq, operation.emoji)
        return null
      case 'remove_reaction':
        await client.unreact(channelId, operation.seq, operation.emoji)
        return null
      case 'join_channel':
        await client.join({ channelId })
        return null
      case 'leave_channel':
        await client.leave(channelId)
        return null
      case 'add_participants':
        await client.addParticipants(channelId, [...operation.participants])
        return null
      case 'remove_participant':
        await client.removeParticipant(channelId, operation.username)
        return null
      case 'mark_channel_read':
        await client.markRead(channelId, operation.seq)
        return null
      case 'create_channel': {
        const { kind, participants, name, clientKey } = operation
        await client.createChannel({
          participants: [...participants],
          ...(kind === 'direct' ? {} : { kind }),
          ...(name === undefined ? {} : { name }),
          ...(clientKey === undefined ? {} : { clientKey }),
        })
        return null
      }
    }
  }
}

async function orNotDone<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof RookeryError)) throw error
    throw new NotDone(error.code, !undecided.has(error.code))
  }
}
