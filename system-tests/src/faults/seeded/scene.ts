import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServiceProcess, type Cluster } from '@rookery/cluster'
import { freePorts } from '@rookery/engines'
import { BareClient } from '../../bare-client.ts'
import { check } from '../checker/check.ts'
import type { Violation } from '../checker/evidence.ts'
import { History } from '../history.ts'
import { group } from '../operation.ts'
import { collect, logStarts, type LogStarts } from '../run/collect.ts'
import { until } from '../run/until.ts'
import { perform, type Actor } from '../users/actor.ts'
import { BareUser } from '../users/bare-user.ts'
import { LibraryUser } from '../users/library-user.ts'
import type { CrashPoint } from './crash.ts'

const readyWithinMs = 60_000
const endsWithinMs = 30_000
const settledWithinMs = 8_000
const answeredWithinMs = 25_000
const main = join(dirname(fileURLToPath(import.meta.url)), 'dispatcher-main.js')

/** Two users in one room, and dispatchers with one shortcut that the scenario controls. */
export class Scene {
  readonly cluster: Cluster
  readonly history: History = new History()
  readonly ann: Actor
  readonly bob: Actor
  channelId = ''
  readonly #bug: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'rookery-seeded-'))
  readonly #starts: LogStarts
  readonly #dispatchers: ServiceProcess[] = []

  private constructor(cluster: Cluster, bug: string, starts: LogStarts) {
    this.cluster = cluster
    this.#bug = bug
    this.#starts = starts
    const name = `s${process.pid.toString(36)}${Date.now().toString(36)}`
    this.ann = new LibraryUser(`${name}ann`, cluster.url, this.history)
    this.bob = new BareUser(`${name}bob`, cluster.url, this.history)
  }

  /** @param bug the shortcut; the empty string for the real dispatcher */
  static async open(cluster: Cluster, bug: string, crash?: CrashPoint): Promise<Scene> {
    const scene = new Scene(cluster, bug, await logStarts(cluster))
    await scene.addDispatcher(crash)
    await Promise.all([scene.ann.connect(), scene.bob.connect()])
    await scene.openRoom()
    return scene
  }

  /** Opens one more room, in which both users talk from now on. */
  async openRoom(): Promise<string> {
    const room = group(this.ann.name, randomUUID(), [this.bob.name])
    this.channelId = room.channelId
    await perform(this.ann, this.history, room)
    await until(() => this.bob.shown.has(room.channelId), settledWithinMs)
    return room.channelId
  }

  async addDispatcher(crash?: CrashPoint): Promise<ServiceProcess> {
    const [port = 0] = await freePorts(1)
    const dispatcher = new ServiceProcess({
      name: `seeded-${this.#dispatchers.length + 1}`,
      main,
      env: { ...this.cluster.env, SEEDED_BUG: this.#bug, SEEDED_FILE: join(this.#folder, 'file') },
      port,
      onLine: () => undefined,
    })
    dispatcher.restarts = false
    this.#dispatchers.push(dispatcher)
    dispatcher.start(crash === undefined ? {} : { SEEDED_CRASH: crash })
    await dispatcher.ready(readyWithinMs)
    return dispatcher
  }

  get dispatcher(): ServiceProcess {
    const [first] = this.#dispatchers
    if (first === undefined) throw new Error('there is no dispatcher')
    return first
  }

  /** Waits until the dispatcher has crashed, and starts it again without a crash point. */
  async afterCrash(): Promise<void> {
    const died = await until(() => this.dispatcher.pid === null, endsWithinMs)
    if (died === null) throw new Error('the dispatcher did not reach its crash point')
    this.dispatcher.start()
    await this.dispatcher.ready(readyWithinMs)
  }

  async restart(): Promise<void> {
    await this.dispatcher.stop()
    this.dispatcher.start()
    await this.dispatcher.ready(readyWithinMs)
  }

  /** Sends a message. Resolves with its seq, or with null if the answer takes too long. */
  async say(actor: Actor, more = ''): Promise<number | null> {
    const op = this.history.nextOperation()
    const content = `op ${op} ${more}`
    const { channelId } = this
    const said = perform(actor, this.history, { type: 'chat_message', channelId, content }, op)
    let done = false
    void said.then(() => (done = true))
    await until(() => done, answeredWithinMs)
    return done ? said : null
  }

  /**
   * Sends one message `times` times under the same number. `between` runs between two sends.
   */
  async repeat(times: number, between: () => Promise<void>): Promise<void> {
    const { history, channelId, bob } = this
    const op = history.nextOperation()
    const content = `op ${op}`
    const operation = { type: 'chat_message', channelId, content } as const
    history.add({ kind: 'invoked', op, user: bob.name, operation })
    for (let i = 0; i < times; i += 1) {
      const port = this.cluster.of('chat-server').at(0)?.port ?? 0
      const session = {
        username: bob.name,
        sessionToken: bob.token,
        refreshToken: '',
        socketUrl: `ws://127.0.0.1:${port}`,
      }
      const client = await BareClient.connect(session, { session: 'repeats', deviceId: 'repeats' })
      client.send({ ...operation, clientSeq: 1 })
      const answer = await client
        .next(({ type }) => type === 'message_ack' || type === 'error', answeredWithinMs)
        .catch(() => null)
      if (answer?.type === 'message_ack') history.add({ kind: 'acked', op, seq: answer.seq })
      await client.close()
      if (i < times - 1) await between()
    }
  }

  /** Reads all results back, and checks them. */
  async judge(): Promise<Violation[]> {
    const { ann, bob, history, channelId, cluster } = this
    const head = (): number => ann.shown.get(channelId) ?? 0
    await until(() => head() === bob.shown.get(channelId), settledWithinMs)
    const actors = [ann, bob]
    return check(await collect(cluster, { actors, history, starts: this.#starts, slack: 3 }))
  }

  async close(): Promise<void> {
    this.ann.close()
    this.bob.close()
    for (const dispatcher of this.#dispatchers) {
      dispatcher.signal('SIGCONT')
      await dispatcher.stop('SIGTERM')
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
