import type { EventPush } from '@rookery/domain'
import type { Head, HeadView } from '@rookery/directory'
import type { ChannelRow } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import { ChannelHub } from './channel-hub.ts'
import type { ChatContext } from '../context.ts'

const chunk = 500
/** A channel that nobody here is in any more stays this long, for who comes right back. */
const lingerMs = 30_000

/** The channels of this server's users. */
export class Hubs {
  readonly #ctx: ChatContext
  readonly #hubs = new Map<string, ChannelHub>()
  readonly #opening = new Map<string, Promise<void>>()

  constructor(ctx: ChatContext) {
    this.#ctx = ctx
  }

  get size(): number {
    return this.#hubs.size
  }

  /** Also one that is still being opened: it takes events from the start. */
  get(channelId: string): ChannelHub | undefined {
    return this.#hubs.get(channelId)
  }

  /** Null: the channel does not exist. */
  async open(channelId: string): Promise<ChannelHub | null> {
    await this.openMany([channelId])
    return this.#hubs.get(channelId) ?? null
  }

  /** Those that exist are open and caught up to their head as of now when it resolves. */
  async openMany(channelIds: readonly string[]): Promise<void> {
    const waits: Promise<void>[] = []
    const missing: string[] = []
    for (const channelId of channelIds) {
      const opening = this.#opening.get(channelId)
      if (opening !== undefined) waits.push(opening)
      else if (!this.#hubs.has(channelId)) missing.push(channelId)
    }
    for (let i = 0; i < missing.length; i += chunk) {
      const some = missing.slice(i, i + chunk)
      for (const channelId of some) this.#hubs.set(channelId, new ChannelHub(channelId, this.#ctx))
      const opening = this.#open(some).finally(() => {
        for (const channelId of some) this.#opening.delete(channelId)
      })
      for (const channelId of some) this.#opening.set(channelId, opening)
      waits.push(opening)
    }
    await Promise.all(waits)
  }

  async #open(channelIds: readonly string[]): Promise<void> {
    const askedAt = steadyNow()
    try {
      // Interest first: what is stored after this step is pushed here, what was before it is in the rows.
      const heads = await this.#addInterest(channelIds)
      const rows = await this.#ctx.store.channels(channelIds)
      for (const channelId of channelIds) {
        const hub = this.#hubs.get(channelId)
        const row = rows.get(channelId)
        if (hub === undefined) continue
        if (row === undefined) {
          this.#drop(channelId)
          continue
        }
        hub.open(row, askedAt)
        this.#noteHead(hub, heads?.get(channelId))
      }
    } catch (error) {
      for (const channelId of channelIds) this.#drop(channelId)
      throw error
    }
  }

  /** A channel that was just made, with its first event: nothing before it was missed. */
  openCreated(event: EventPush, kind: ChannelHub['kind']): ChannelHub {
    const hub = new ChannelHub(event.channelId, this.#ctx)
    this.#hubs.set(event.channelId, hub)
    hub.open({ kind, head: event.seq, messageNumber: 0 }, steadyNow())
    void this.#addInterest([event.channelId]).then((heads) =>
      this.#noteHead(hub, heads?.get(event.channelId)),
    )
    return hub
  }

  /**
   * Reads the heads of those that are open here, at quorum: what was acknowledged anywhere is known then, though its push may be on its way,
   * and the directory not know of it yet.
   */
  async readHeads(channelIds: readonly string[]): Promise<void> {
    const askedAt = steadyNow()
    const ids = channelIds.filter((id) => this.#hubs.has(id) && !this.#opening.has(id))
    for (const row of (await this.#ctx.store.channels(ids)).values()) this.#noteRow(row, askedAt)
  }

  /** Reads all heads again, and closes what is not used any more. Every 5 s, and after a gap in the directory. */
  async refresh(): Promise<void> {
    this.#dropIdle()
    const ids = [...this.#hubs.keys()].filter((channelId) => !this.#opening.has(channelId))
    for (let i = 0; i < ids.length; i += chunk) await this.#refresh(ids.slice(i, i + chunk))
  }

  async #refresh(channelIds: readonly string[]): Promise<void> {
    const askedAt = steadyNow()
    const heads = await this.#addInterest(channelIds)
    const unknown: string[] = []
    for (const channelId of channelIds) {
      const hub = this.#hubs.get(channelId)
      const view = heads?.get(channelId)
      if (hub === undefined) continue
      if (view === undefined || !this.#isOfThisEpoch(view)) unknown.push(channelId)
      else this.#noteHead(hub, view)
      if (view?.fresh === true && this.#isOfThisEpoch(view) && view.head.seq <= hub.position)
        hub.confirmedAt = Math.max(hub.confirmedAt, askedAt)
    }
    if (unknown.length === 0) return
    const rows = await this.#ctx.store.channels(unknown)
    for (const [channelId, row] of rows) {
      this.#noteRow(row, askedAt)
      if (heads === null) continue
      const right = { epoch: row.headPosition.epoch, seq: row.head }
      if (right.epoch === this.#ctx.log.epoch.number)
        void this.#ctx.routing
          .correctHead(channelId, heads.get(channelId)?.head ?? null, right)
          .catch(() => undefined)
    }
  }

  #noteRow({ channelId, head }: ChannelRow, askedAt: number): void {
    const hub = this.#hubs.get(channelId)
    if (hub === undefined) return
    hub.noteHead(head)
    if (head <= hub.position) hub.confirmedAt = Math.max(hub.confirmedAt, askedAt)
  }

  #noteHead(hub: ChannelHub, view: HeadView | undefined): void {
    if (view !== undefined && this.#isOfThisEpoch(view)) hub.noteHead(view.head.seq)
  }

  #isOfThisEpoch(view: HeadView): view is HeadView & { head: Head } {
    return view.head?.epoch === this.#ctx.log.epoch.number
  }

  /** Null while the directory is away: the channel rows are read instead. */
  async #addInterest(channelIds: readonly string[]): Promise<ReadonlyMap<string, HeadView> | null> {
    const channels = channelIds.map((channelId) => ({
      channelId,
      partition: this.#ctx.log.partitionOf(channelId),
    }))
    return this.#ctx.routing.addInterest(this.#ctx.serverId, channels).catch((error: unknown) => {
      this.#ctx.logger.warn({ err: error }, 'the directory is away, heads come from the store')
      return null
    })
  }

  #dropIdle(): void {
    const before = steadyNow() - lingerMs
    const idle: string[] = []
    for (const [channelId, hub] of this.#hubs)
      if (!hub.inUse && hub.idleSince < before && !this.#opening.has(channelId))
        idle.push(channelId)
    for (const channelId of idle) this.#drop(channelId)
    if (idle.length === 0) return
    this.#ctx.routing.dropInterest(this.#ctx.serverId, idle).catch((error: unknown) => {
      this.#ctx.logger.warn({ err: error }, 'interest is not dropped, it expires with the server')
    })
  }

  #drop(channelId: string): void {
    this.#hubs.get(channelId)?.close()
    this.#hubs.delete(channelId)
  }
}
