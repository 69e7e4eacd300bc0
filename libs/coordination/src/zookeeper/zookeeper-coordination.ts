import { type ZooKeeperClient, ZooKeeperSession } from '@rookery/zookeeper-client'
import {
  type Coordination,
  CoordinationError,
  type CoordinationState,
  type Membership,
} from '../coordination.ts'
import { Candidacy } from './candidacy.ts'
import { Directory } from './directory.ts'
import { MemberWatch } from './member-watch.ts'
import { ZooKeeperMembership } from './membership.ts'

export interface ZooKeeperOptions {
  /** `host:port,…` */
  connect: string
  /** The path above all nodes. Created if it is missing. `/_rookery` by default. */
  root?: string
  /**
   * After this time without a sign of life the server removes this process's nodes. 6000 by
   * default; the server may bound it.
   */
  sessionTimeoutMs?: number
}

const maxDataBytes = 4 * 1024

/** @throws CoordinationError `unavailable`: no session within 5 s */
export async function openZooKeeperCoordination(options: ZooKeeperOptions): Promise<Coordination> {
  const { connect, root = '/_rookery', sessionTimeoutMs = 6_000 } = options
  const session = await ZooKeeperSession.open({
    connect,
    sessionTimeoutMs,
    toError: (_, message, cause) => new CoordinationError('unavailable', message, cause),
  })
  return new ZooKeeperCoordination(session, root)
}

class ZooKeeperCoordination implements Coordination {
  readonly #session: ZooKeeperSession
  readonly #root: string
  readonly #listeners = new Set<(state: CoordinationState) => void>()
  readonly #memberships = new Set<ZooKeeperMembership>()
  readonly #watches = new Set<MemberWatch>()
  readonly #candidacies = new Set<Candidacy>()
  #closed = false

  constructor(session: ZooKeeperSession, root: string) {
    this.#root = root
    this.#session = session
    session.onLook(() => this.#look())
    session.onState((state) => this.#onState(state))
  }

  get state(): CoordinationState {
    return this.#closed ? 'lost' : this.#session.state
  }

  onState(listener: (state: CoordinationState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async join(group: string, member: string, data: string): Promise<Membership> {
    this.#mustBeOpen()
    mustFit(data)
    const membership = new ZooKeeperMembership(this.#groups(group), member, data, this.#client)
    this.#memberships.add(membership)
    try {
      await membership.join()
    } catch (error) {
      // It is unknown whether the node exists, so it is removed once that is possible.
      await membership.leave().catch(() => undefined)
      throw error
    }
    return {
      update: async (changed) => {
        this.#mustBeOpen()
        mustFit(changed)
        await membership.update(changed)
      },
      leave: async () => {
        if (!this.#closed) await membership.leave()
      },
    }
  }

  async watchMembers(
    group: string,
    onChange: (members: ReadonlyMap<string, string>) => void,
  ): Promise<() => void> {
    this.#mustBeOpen()
    const watch = new MemberWatch(this.#groups(group), onChange, this.#client)
    await watch.start()
    this.#watches.add(watch)
    return () => {
      watch.stop()
      this.#watches.delete(watch)
    }
  }

  async elect(
    election: string,
    candidate: string,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<() => Promise<void>> {
    this.#mustBeOpen()
    const directory = this.#elections(election)
    const candidacy = new Candidacy(directory, candidate, lead, this.#client)
    this.#candidacies.add(candidacy)
    try {
      await candidacy.start()
    } catch (error) {
      await candidacy.standDown()
      throw error
    }
    return () => candidacy.standDown()
  }

  async leaderOf(election: string): Promise<string | null> {
    this.#mustBeOpen()
    const [first] = await this.#elections(election).list(this.#session.client)
    return first?.name ?? null
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#listeners.clear()
    for (const watch of this.#watches) watch.stop()
    await Promise.all([...this.#candidacies].map((candidacy) => candidacy.standDown()))
    await this.#session.close()
  }

  readonly #client = (): ZooKeeperClient => this.#session.client

  #groups(name: string): Directory {
    return new Directory(`${this.#root}/groups/${encodeURIComponent(name)}`)
  }

  #elections(name: string): Directory {
    return new Directory(`${this.#root}/elections/${encodeURIComponent(name)}`)
  }

  #look(): void {
    for (const each of [...this.#memberships, ...this.#watches, ...this.#candidacies]) each.look()
    for (const each of this.#memberships) if (each.gone) this.#memberships.delete(each)
    for (const each of this.#candidacies) if (each.gone) this.#candidacies.delete(each)
  }

  #onState(state: CoordinationState): void {
    if (state === 'lost') for (const candidacy of this.#candidacies) candidacy.lost()
    for (const listener of this.#listeners) listener(state)
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new CoordinationError('unavailable', 'this coordination is closed')
  }
}

function mustFit(data: string): void {
  if (Buffer.byteLength(data) > maxDataBytes)
    throw new CoordinationError(
      'too_large',
      `the data of a member may have at most ${maxDataBytes} bytes`,
    )
}
