import {
  type Coordination,
  CoordinationError,
  type CoordinationState,
  type Membership,
} from '../coordination.ts'
import type { World } from './world.ts'

const maxDataBytes = 4 * 1024

/** One session. It has no engine to lose, so its state is `connected` until it is closed. */
export class InProcessCoordination implements Coordination {
  readonly #world: World
  readonly #name: string
  readonly #listeners = new Set<(state: CoordinationState) => void>()
  readonly #endings = new Set<() => void | Promise<void>>()
  #closed = false

  constructor(world: World, name: string) {
    this.#world = world
    this.#name = name
  }

  get state(): CoordinationState {
    return this.#closed ? 'lost' : 'connected'
  }

  onState(listener: (state: CoordinationState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async join(groupName: string, member: string, data: string): Promise<Membership> {
    this.#requireOpen()
    requireFit(data)
    const group = this.#world.group(groupName)
    const owner = Symbol(member)
    group.put(member, data, owner)
    const leave = this.#untilClosed(() => group.remove(member, owner))
    return {
      update: async (changed) => {
        this.#requireOpen()
        requireFit(changed)
        group.update(member, changed, owner)
      },
      leave,
    }
  }

  async watchMembers(
    groupName: string,
    onChange: (members: ReadonlyMap<string, string>) => void,
  ): Promise<() => void> {
    this.#requireOpen()
    const stop = this.#untilClosed(this.#world.group(groupName).watch(onChange))
    return () => void stop()
  }

  async elect(
    electionName: string,
    candidate: string,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<() => Promise<void>> {
    this.#requireOpen()
    return this.#untilClosed(this.#world.election(electionName).stand(candidate, lead))
  }

  async leaderOf(electionName: string): Promise<string | null> {
    this.#requireOpen()
    return this.#world.election(electionName).leader
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#listeners.clear()
    await Promise.all([...this.#endings].map(async (end) => end()))
  }

  /** Runs `end` when the result is called, or else when the session is closed. */
  #untilClosed(end: () => void | Promise<void>): () => Promise<void> {
    this.#endings.add(end)
    return async () => {
      this.#endings.delete(end)
      await end()
    }
  }

  #requireOpen(): void {
    if (this.#closed)
      throw new CoordinationError('unavailable', `the session of ${this.#name} is closed`)
  }
}

function requireFit(data: string): void {
  if (Buffer.byteLength(data) > maxDataBytes)
    throw new CoordinationError(
      'too_large',
      `the data of a member is too large: send at most ${maxDataBytes} bytes`,
    )
}
