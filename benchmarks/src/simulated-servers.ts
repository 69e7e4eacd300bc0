import { PresenceFeed, presenceFrameEveryMs, type Viewer } from '@rookery/chat-server'
import type { PresenceBoard, PushBus } from '@rookery/directory'
import { decodePushes } from '@rookery/domain'
import type { Logger } from '@rookery/service-kit'

const refreshEveryMs = 5_000

/** The presence part of one chat server, with users that have no sockets. */
export class SimulatedServer {
  readonly users: Map<string, { username: string }> = new Map()
  readonly feed: PresenceFeed
  readonly #timers: NodeJS.Timeout[] = []

  private constructor(serverId: string, board: PresenceBoard, logger: Logger) {
    const { users } = this
    this.feed = new PresenceFeed({
      serverId,
      board,
      // No user of this test had chosen a status before.
      accounts: { keepStatuses: async () => undefined, statusesOf: async () => new Map() },
      logger,
      users: { get: (username) => users.get(username), all: () => users.values() },
    })
    this.#timers.push(setInterval(() => this.feed.flush(), presenceFrameEveryMs))
    const refresh = (): void =>
      void this.feed.refresh().catch((error: unknown) => logger.warn({ err: error }, 'no refresh'))
    // Servers do not all start in the same moment.
    const begin = (): void => void this.#timers.push(setInterval(refresh, refreshEveryMs))
    this.#timers.push(setTimeout(begin, Math.random() * refreshEveryMs))
  }

  static async open(
    serverId: string,
    ports: { board: PresenceBoard; bus: PushBus; logger: Logger },
  ): Promise<SimulatedServer> {
    const server = new SimulatedServer(serverId, ports.board, ports.logger)
    await ports.bus.subscribe(serverId, (batch) => {
      for (const push of decodePushes(batch))
        if (push.k === 'presence') server.feed.show(push.updates)
    })
    return server
  }

  connect(username: string): void {
    const user = { username }
    this.users.set(username, user)
    this.feed.userChanged(user)
  }

  disconnect(username: string): void {
    this.users.delete(username)
    this.feed.userChanged({ username })
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}

/** A viewer that counts the frames that it is shown. */
export class CountingViewer implements Viewer {
  readonly isSlow = false
  readonly watched: Set<string> = new Set()
  frames = 0
  updates = 0
  /** The most frames within any second. */
  mostInOneSecond = 0
  lastMs = 0
  readonly statuses: Map<string, string> = new Map()
  readonly #times: number[] = []

  send(frame: Parameters<Viewer['send']>[0]): void {
    const nowMs = performance.now()
    if (frame.type !== 'presence_update') return
    this.frames += 1
    this.updates += frame.presence.length
    this.lastMs = nowMs
    this.#times.push(nowMs)
    while ((this.#times[0] ?? nowMs) <= nowMs - 1_000) this.#times.shift()
    this.mostInOneSecond = Math.max(this.mostInOneSecond, this.#times.length)
    for (const { userId, status } of frame.presence) this.statuses.set(userId, status)
  }

  reset(): void {
    this.frames = this.updates = this.mostInOneSecond = 0
  }
}
