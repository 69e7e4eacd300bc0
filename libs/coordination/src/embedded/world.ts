import { Election } from './election.ts'
import { Group } from './group.ts'

/**
 * The groups and elections that the sessions of one process share. Their names are few and fixed.
 */
export class World {
  readonly #groups = new Map<string, Group>()
  readonly #elections = new Map<string, Election>()

  group(name: string): Group {
    let group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, (group = new Group()))
    return group
  }

  election(name: string): Election {
    let election = this.#elections.get(name)
    if (election === undefined) this.#elections.set(name, (election = new Election()))
    return election
  }
}
