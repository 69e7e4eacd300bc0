import { randomUUID } from 'node:crypto'
import { BareClient } from '../../bare-client.ts'
import { call, newName, register, type LoggedIn } from '../../rest.ts'
import { setTimeout as delay } from 'node:timers/promises'

/** Well below the limit of sockets of one user. */
const socketsPerUser = 8
const readyWithinMs = 20_000

/** Many sockets of a few users, each user on one device. */
export class Crowd {
  readonly clients: BareClient[] = []
  readonly #sessions: LoggedIn[]
  readonly #url: string

  private constructor(url: string, sessions: LoggedIn[]) {
    this.#url = url
    this.#sessions = sessions
  }

  static async register(url: string, sockets: number): Promise<Crowd> {
    const sessions: LoggedIn[] = []
    for (let i = 0; i < Math.ceil(sockets / socketsPerUser); i += 1)
      sessions.push(await register(url, newName('crowd')))
    return new Crowd(url, sessions)
  }

  get usernames(): string[] {
    return this.#sessions.map(({ username }) => username)
  }

  /**
   * Opens all sockets, spread evenly over `overMs`. A socket that is told to try later comes back
   * as the protocol says.
   */
  async connect(overMs: number): Promise<void> {
    const sockets = this.#sessions.flatMap((session) =>
      Array.from({ length: socketsPerUser }, (_, i) => ({ session, name: `s${i}` })),
    )
    const deadline = performance.now() + overMs + readyWithinMs
    await Promise.all(
      sockets.map(async ({ session, name }, i) => {
        await delay((overMs * i) / sockets.length)
        this.clients.push(await this.#come(session, name, deadline))
      }),
    )
  }

  /**
   * Opens a new socket in the place of one whose server drains, and then closes the old one.
   *
   * @returns the URL of the new socket
   */
  async move(old: BareClient): Promise<string> {
    const moved = await this.#come(old.session, randomUUID(), performance.now() + readyWithinMs)
    this.clients[this.clients.indexOf(old)] = moved
    await old.close()
    return moved.session.socketUrl
  }

  /** Ends all connections without a close, as if the network were gone. */
  drop(): void {
    for (const client of this.clients.splice(0)) client.terminate()
  }

  async #come(session: LoggedIn, name: string, deadline: number): Promise<BareClient> {
    for (let waitMs = 1_000; ; waitMs = Math.min(2 * waitMs, 30_000)) {
      try {
        const { body } = await call(this.#url, 'GET', '/servers', { token: session.sessionToken })
        const at = { ...session, socketUrl: body.chat.url }
        return await BareClient.connect(at, { deviceId: 'crowd', session: name })
      } catch (error) {
        if (performance.now() > deadline) throw error
        await delay(Math.random() * waitMs)
      }
    }
  }
}
