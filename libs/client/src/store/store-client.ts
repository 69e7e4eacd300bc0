import type { AnswerTo, Request, RequestType } from '../frames.ts'
import { LiveClient } from '../live-client.ts'
import type { Kept } from '../outbox-entry.ts'

/** The client with its requests open to the store, which names the operations itself. */
export class StoreClient extends LiveClient {
  ask<Type extends RequestType>(
    request: Request<Type> & { type: Type },
    kept?: Kept,
  ): Promise<AnswerTo<Type>> {
    return this.request(request, kept)
  }

  type(channelId: string): void {
    this.sendTyping(channelId)
  }

  /** Watches these users from now on, over reconnects. */
  async watch(usernames: readonly string[]): Promise<void> {
    for (const username of usernames) this.watched.add(username)
    if (this.online) await this.request({ type: 'subscribe', userIds: [...usernames] })
  }
}
