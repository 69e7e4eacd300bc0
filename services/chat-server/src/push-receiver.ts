import { decodePushes, type EventPush, type Push } from '@rookery/domain'
import { closeCodes } from '@rookery/protocol'
import { type Logger, steadyNow } from '@rookery/service-kit'
import type { Submitter } from '@rookery/submission'
import type { AccessTokens } from '@rookery/tokens'
import { showRead, showTyping } from './channels/activity.ts'
import { type CreatedEventDeps, namedEvent } from './channels/created-event.ts'
import type { Hubs } from './channels/hubs.ts'
import { RequestError } from './request-error.ts'
import type { Connection } from './sockets/connection.ts'
import type { UserConnection } from './sockets/user-connection.ts'
import type { EndedFamilies } from './users/ended-families.ts'
import type { PresenceFeed } from './users/presence-feed.ts'
import type { Users } from './users/users.ts'

/** What the receiver needs of the server. */
export interface PushReceiverDeps extends CreatedEventDeps {
  connections: ReadonlyMap<string, PushedConnection>
  hubs: Pick<Hubs, 'get' | 'openCreated'>
  users: Pick<Users, 'get' | 'joined'>
  presence: Pick<PresenceFeed, 'show'>
  submitter: Pick<Submitter<UserConnection>, 'settle' | 'answer'>
  ended: Pick<EndedFamilies, 'add'>
  tokens: Pick<AccessTokens, 'ttlMs'>
  logger: Pick<Logger, 'error'>
}

/** A connection as pushes see it. */
export type PushedConnection = Pick<Connection, 'fail' | 'probe'> & {
  readonly identity: { readonly claims: { readonly familyId: string } } | null
}

/** Applies the pushes that other processes send to this server. */
export class PushReceiver {
  readonly #deps: PushReceiverDeps

  constructor(deps: PushReceiverDeps) {
    this.#deps = deps
  }

  receive(batch: string): void {
    let pushes: Push[]
    try {
      pushes = decodePushes(batch)
    } catch (error) {
      this.#deps.logger.error(
        { err: error },
        'a batch of pushes could not be decoded, it is dropped',
      )
      return
    }
    for (const push of pushes) {
      try {
        this.#apply(push)
      } catch (error) {
        this.#drop(push, error)
      }
    }
  }

  #drop({ k: kind }: Push, error: unknown): void {
    this.#deps.logger.error({ err: error, kind }, 'a push could not be applied, it is dropped')
  }

  #apply(push: Push): void {
    const { connections, presence, submitter, users } = this.#deps
    switch (push.k) {
      case 'event':
        this.#event(push)
        return
      case 'answer':
        submitter.answer(push)
        return
      case 'read':
        showRead(this.#deps, push, null)
        return
      case 'typing':
        showTyping(this.#deps, push)
        return
      case 'presence':
        presence.show(push.updates)
        return
      case 'online':
        // Presence processes send this push to each other only.
        return
      case 'replaced':
        connections
          .get(push.connectionId)
          ?.fail(new RequestError('conflict', 'a newer socket took its place'), closeCodes.replaced)
        return
      case 'probe':
        connections.get(push.connectionId)?.probe()
        return
      case 'families_ended':
        this.#end(push.familyIds, push.reason)
        return
      case 'muted': {
        const user = users.get(push.username)
        if (user === undefined) return
        user.mutedUntilMs = push.untilMs
        user.muteToldAt = steadyNow()
      }
    }
  }

  #event(event: EventPush): void {
    const { hubs, submitter, users } = this.#deps
    const { channelId, type, user: by } = event
    const hub = hubs.get(channelId)
    if (hub === undefined && type === 'channel_created') {
      this.#created(event).catch((error: unknown) => this.#drop(event, error))
      return
    }
    if (hub === undefined) submitter.settle(event)
    else hub.receive(event)
    if (type === 'participant_left') return
    for (const username of event.users ?? [])
      if (users.get(username)?.channels.has(channelId) === false)
        users.joined(channelId, username, by)
  }

  /**
   * Opens a channel at its first event, and shows the event to the members here. No event comes
   * before it, so nothing is read and no hand-over is needed.
   */
  async #created(first: EventPush): Promise<void> {
    const { hubs, submitter, users } = this.#deps
    const { event, channel } = await namedEvent(this.#deps, first)
    if (hubs.get(event.channelId) !== undefined) {
      this.#event(event)
      return
    }
    const members = (event.users ?? []).flatMap((name) => users.get(name) ?? [])
    if (members.length === 0) {
      submitter.settle(event)
      return
    }
    const hub = hubs.openCreated(event, channel.kind)
    for (const user of members) {
      const isOwner = user.username === event.user && channel.kind !== 'direct'
      hub.attach(user, isOwner ? 'owner' : 'member')
    }
    hub.showFirst(event)
  }

  #end(familyIds: readonly string[], reason: 'ended' | 'banned'): void {
    const { connections, ended: endedFamilies, tokens } = this.#deps
    endedFamilies.add(familyIds, steadyNow() + tokens.ttlMs)
    const ended = new Set(familyIds)
    const [error, code] =
      reason === 'banned'
        ? [new RequestError('forbidden', 'the account is banned'), closeCodes.banned]
        : [new RequestError('unauthorized', 'the log-in has ended'), closeCodes.unauthenticated]
    for (const connection of connections.values()) {
      const familyId = connection.identity?.claims.familyId
      if (familyId !== undefined && ended.has(familyId)) connection.fail(error, code)
    }
  }
}
