import { decodePushes, type EventPush, type Push } from '@rookery/domain'
import { closeCodes } from '@rookery/protocol'
import { steadyNow } from '@rookery/service-kit'
import type { Connection } from './sockets/connection.ts'
import type { ChatContext } from './context.ts'
import { namedEvent } from './channels/created-event.ts'
import { RequestError } from './request-error.ts'

/** Takes what other processes push here. */
export class PushReceiver {
  readonly #ctx: ChatContext
  readonly #connections: ReadonlyMap<string, Connection>

  constructor(ctx: ChatContext, connections: ReadonlyMap<string, Connection>) {
    this.#ctx = ctx
    this.#connections = connections
  }

  receive(batch: string): void {
    let pushes: Push[]
    try {
      pushes = decodePushes(batch)
    } catch (error) {
      this.#ctx.logger.error({ err: error }, 'a push cannot be read')
      return
    }
    for (const push of pushes) {
      try {
        this.#take(push)
      } catch (error) {
        this.#ctx.logger.error({ err: error, kind: push.k }, 'a push could not be applied')
      }
    }
  }

  #take(push: Push): void {
    const ctx = this.#ctx
    switch (push.k) {
      case 'event':
        this.#event(push)
        return
      case 'answer':
        ctx.submitter.answer(push)
        return
      case 'read':
        showRead(ctx, push, null)
        return
      case 'typing':
        showTyping(ctx, push)
        return
      case 'presence':
        ctx.presence.show(push.updates)
        return
      case 'online':
        // Among presence processes only.
        return
      case 'replaced':
        this.#connections
          .get(push.connectionId)
          ?.fail(new RequestError('conflict', 'a newer socket took its place'), closeCodes.replaced)
        return
      case 'probe':
        this.#connections.get(push.connectionId)?.probe()
        return
      case 'families_ended':
        this.#end(push.familyIds, push.reason)
        return
      case 'muted': {
        const user = ctx.users.get(push.username)
        if (user === undefined) return
        user.mutedUntilMs = push.untilMs
        user.muteToldAt = steadyNow()
      }
    }
  }

  #event(event: EventPush): void {
    const hub = this.#ctx.hubs.get(event.channelId)
    if (hub === undefined && event.type === 'channel_created') {
      void this.#created(event)
      return
    }
    if (hub === undefined) this.#ctx.submitter.settle(event)
    else hub.receive(event)
    if (event.type === 'participant_left') return
    for (const username of event.users ?? []) {
      const user = this.#ctx.users.get(username)
      if (user !== undefined && !user.channels.has(event.channelId))
        void this.#ctx.users.admit(user, event.channelId, event.user)
    }
  }

  /** A channel's first event: its members here are in from the start, and see it as it is made. */
  async #created(first: EventPush): Promise<void> {
    const { event, channel } = await namedEvent(this.#ctx, first)
    const { channelId } = event
    if (this.#ctx.hubs.get(channelId) !== undefined) {
      this.#event(event)
      return
    }
    const users = (event.users ?? []).flatMap((name) => this.#ctx.users.get(name) ?? [])
    if (users.length === 0) {
      this.#ctx.submitter.settle(event)
      return
    }
    const hub = this.#ctx.hubs.openCreated(event, channel.kind)
    for (const user of users)
      hub.attach(
        user,
        user.username === event.user && channel.kind !== 'direct' ? 'owner' : 'member',
      )
    hub.showFirst(event)
  }

  #end(familyIds: readonly string[], reason: 'ended' | 'banned'): void {
    this.#ctx.ended.add(familyIds, steadyNow() + this.#ctx.tokens.ttlMs)
    const ended = new Set(familyIds)
    const [error, code] =
      reason === 'banned'
        ? [new RequestError('forbidden', 'the account is banned'), closeCodes.banned]
        : [new RequestError('unauthorized', 'the log-in has ended'), closeCodes.unauthenticated]
    for (const connection of this.#connections.values()) {
      const familyId = connection.identity?.claims.familyId
      if (familyId !== undefined && ended.has(familyId)) connection.fail(error, code)
    }
  }
}

/** To the reader's own sockets, and to the others unless it is `own`. `except` has its answer already. */
export function showRead(
  ctx: ChatContext,
  push: Extract<Push, { k: 'read' }>,
  except: Connection | null,
): void {
  const { channelId, username, seq } = push
  const frame = { type: 'channel_read', channelId, userId: username, lastReadSeq: seq } as const
  const members = push.own === true ? [] : (ctx.hubs.get(channelId)?.members.values() ?? [])
  const others = [...members].map((member) => member.user)
  const own = ctx.users.get(username)
  const users = new Set(own === undefined ? others : [own, ...others])
  for (const user of users)
    for (const connection of user.connections)
      if (connection.ready && connection !== except)
        // One's own mark is never left out: unread counts hang on it.
        if (user === own) connection.send(frame)
        else connection.sendIfQuick(frame)
}

export function showTyping(ctx: ChatContext, push: Extract<Push, { k: 'typing' }>): void {
  const { channelId, username } = push
  for (const { user } of ctx.hubs.get(channelId)?.members.values() ?? []) {
    if (user.username === username) continue
    for (const connection of user.connections)
      if (connection.ready) connection.sendIfQuick({ type: 'typing', channelId, userId: username })
  }
}
