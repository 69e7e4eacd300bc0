import type { Head, HeadView, Routing } from '@rookery/directory'
import type { EventPush } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { ChannelRow, MessageStore } from '@rookery/message-store'
import { steadyNow } from '@rookery/service-kit'
import { ChannelHub, type ChannelHubDeps } from './channel-hub.ts'

/** What the hubs need of the server. */
export interface HubsDeps extends ChannelHubDeps {
  serverId: string
  store: Pick<MessageStore, 'channels' | 'channel' | 'events'>
  routing: Pick<Routing, 'addInterest' | 'dropInterest' | 'correctHead'>
  log: Pick<MessageLog, 'epoch' | 'partitionOf'>
}

/** Channels that are read in one step. */
const chunk = 500
/** An unused channel stays open this long, for users who come right back. */
const lingerMs = 30_000

/** The open channels of this server: those that its users are in. */
export class Hubs {
  readonly #deps: HubsDeps
  readonly #hubs = new Map<string, ChannelHub>()
  readonly #opening = new Map<string, Promise<void>>()

  constructor(deps: HubsDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#hubs.size
  }

  /** The hub may still be opening: it buffers events from the start (phase 2 of the hand-over). */
  get(channelId: string): ChannelHub | undefined {
    return this.#hubs.get(channelId)
  }

  /** Null: the channel does not exist. */
  async open(channelId: string): Promise<ChannelHub | null> {
    await this.openMany([channelId])
    return this.#hubs.get(channelId) ?? null
  }

  /** When it resolves, the channels that exist are open, at their head as of this call or later. */
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
      for (const channelId of some) this.#hubs.set(channelId, new ChannelHub(channelId, this.#deps))
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
      // Interest first: events before this step are in the rows, events after it are pushed here.
      const heads = await this.#addInterest(channelIds)
      const rows = await this.#deps.store.channels(channelIds)
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

  /** Opens a channel at its first event: nothing comes before it. */
  openCreated(event: EventPush, kind: ChannelHub['kind']): ChannelHub {
    const hub = new ChannelHub(event.channelId, this.#deps)
    this.#hubs.set(event.channelId, hub)
    hub.open({ kind, head: event.seq, messageNumber: 0 }, steadyNow())
    void this.#addInterest([event.channelId]).then((heads) =>
      this.#noteHead(hub, heads?.get(event.channelId)),
    )
    return hub
  }

  /**
   * Reads the heads of open channels at quorum. So every event that any server has
   * acknowledged is known, even if its push is on its way and the directory does not know of it.
   */
  async readHeads(channelIds: readonly string[]): Promise<void> {
    const askedAt = steadyNow()
    const ids = channelIds.filter((id) => this.#hubs.has(id) && !this.#opening.has(id))
    for (const row of (await this.#deps.store.channels(ids)).values()) this.#noteRow(row, askedAt)
  }

  /** Every 5 s and after the directory was lost: reads all heads, and closes unused channels. */
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
      if (view === undefined || !this.#isOfThisEpoch(view)) {
        unknown.push(channelId)
        continue
      }
      hub.noteHead(view.head.seq)
      if (view.fresh) hub.noteConfirmed(view.head.seq, askedAt)
    }
    if (unknown.length === 0) return
    const rows = await this.#deps.store.channels(unknown)
    for (const [channelId, row] of rows) {
      this.#noteRow(row, askedAt)
      if (heads === null) continue
      const stored = { epoch: row.headPosition.epoch, seq: row.head }
      if (stored.epoch === this.#deps.log.epoch.number)
        void this.#deps.routing
          .correctHead(channelId, heads.get(channelId)?.head ?? null, stored)
          .catch(() => undefined)
    }
  }

  #noteRow({ channelId, head }: ChannelRow, askedAt: number): void {
    const hub = this.#hubs.get(channelId)
    if (hub === undefined) return
    hub.noteHead(head)
    hub.noteConfirmed(head, askedAt)
  }

  #noteHead(hub: ChannelHub, view: HeadView | undefined): void {
    if (view !== undefined && this.#isOfThisEpoch(view)) hub.noteHead(view.head.seq)
  }

  #isOfThisEpoch(view: HeadView): view is HeadView & { head: Head } {
    return view.head?.epoch === this.#deps.log.epoch.number
  }

  /** Null while the directory is away: the channel rows are read instead. */
  async #addInterest(channelIds: readonly string[]): Promise<ReadonlyMap<string, HeadView> | null> {
    const channels = channelIds.map((channelId) => ({
      channelId,
      partition: this.#deps.log.partitionOf(channelId),
    }))
    return this.#deps.routing.addInterest(this.#deps.serverId, channels).catch((error: unknown) => {
      this.#deps.logger.warn(
        { err: error },
        'interest could not be written to the directory, heads are read from the store',
      )
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
    this.#deps.routing.dropInterest(this.#deps.serverId, idle).catch((error: unknown) => {
      this.#deps.logger.warn(
        { err: error },
        'interest in closed channels could not be removed, it expires with this server',
      )
    })
  }

  #drop(channelId: string): void {
    this.#hubs.get(channelId)?.close()
    this.#hubs.delete(channelId)
  }
}
