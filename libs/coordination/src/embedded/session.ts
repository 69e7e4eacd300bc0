import {
  type Coordination,
  CoordinationError,
  type CoordinationState,
  type Membership,
} from '../coordination.ts'
import type { World } from './world.ts'

const maxDataBytes = 4 * 1024

/**
 * One session. In one process it cannot lose its engine, so its state is `connected` until it is
 * closed.
 */
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
    this.#mustBeOpen()
    mustFit(data)
    const group = this.#world.group(groupName)
    const owner = Symbol(member)
    group.put(member, data, owner)
    const leave = this.#untilClosed(() => group.remove(member, owner))
    return {
      update: async (changed) => {
        this.#mustBeOpen()
        mustFit(changed)
        group.update(member, changed, owner)
      },
      leave,
    }
  }

  async watchMembers(
    groupName: string,
    onChange: (members: ReadonlyMap<string, string>) => void,
  ): Promise<() => void> {
    this.#mustBeOpen()
    const stop = this.#untilClosed(this.#world.group(groupName).watch(onChange))
    return () => void stop()
  }

  async elect(
    electionName: string,
    candidate: string,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<() => Promise<void>> {
    this.#mustBeOpen()
    return this.#untilClosed(this.#world.election(electionName).stand(candidate, lead))
  }

  async leaderOf(electionName: string): Promise<string | null> {
    this.#mustBeOpen()
    return this.#world.election(electionName).leader
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#listeners.clear()
    await Promise.all([...this.#endings].map(async (end) => end()))
  }

  /** `end` runs when asked for, or else with the session. */
  #untilClosed(end: () => void | Promise<void>): () => Promise<void> {
    this.#endings.add(end)
    return async () => {
      this.#endings.delete(end)
      await end()
    }
  }

  #mustBeOpen(): void {
    if (this.#closed)
      throw new CoordinationError('unavailable', `the session of ${this.#name} is closed`)
  }
}

function mustFit(data: string): void {
  if (Buffer.byteLength(data) > maxDataBytes)
    throw new CoordinationError('too_large', `a member's data is at most ${maxDataBytes} bytes`)
}
