import type { InboxPlace } from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import { inParallel } from './in-parallel.ts'
import type { Paths } from './paths.ts'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'

interface Choice {
  incarnation: string
  offset: number
  sender: string
}

interface Node {
  choice: Choice | null
  /** Null: there is none. */
  version: number | null
}

const maxAttempts = 10

/**
 * One node per inbox holds the last choice, and is only ever changed from what was read: of two who
 * choose, the first one wins.
 */
export class SenderChoices {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths

  constructor(session: ZooKeeperSession, paths: Paths) {
    this.#session = session
    this.#paths = paths
  }

  async choose({ inbox, incarnation, offset }: InboxPlace, sender: string): Promise<string | null> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { choice, version } = await this.#read(inbox)
      if (choice !== null && choice.incarnation !== incarnation) return null
      if (choice?.offset === offset) return choice.sender
      if (choice !== null && choice.offset > offset) return null
      if (await this.#write({ incarnation, offset, sender }, inbox, version)) return sender
    }
    throw new BridgeError('unavailable', `others keep choosing for the inbox ${inbox}`)
  }

  /**
   * Where to begin with inboxes; from now on only their present incarnations are chosen for. Those
   * are asked for between reading the nodes and changing them: one who was frozen meanwhile cannot
   * bring back what a successor has ended. Inboxes that are not there, or that another begins with,
   * are left out.
   */
  async begin(
    inboxes: readonly string[],
    incarnations: (inboxes: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  ): Promise<ReadonlyMap<string, { incarnation: string; next: number }>> {
    const nodes = new Map<string, Node>()
    await inParallel(inboxes, async (inbox) => void nodes.set(inbox, await this.#read(inbox)))
    const starts = new Map<string, { incarnation: string; next: number }>()
    const now = await incarnations(inboxes)
    await inParallel([...nodes], async ([inbox, { choice, version }]) => {
      const incarnation = now.get(inbox)
      if (incarnation === undefined) return
      if (choice?.incarnation === incarnation)
        starts.set(inbox, { incarnation, next: Math.max(0, choice.offset) })
      else if (await this.#write({ incarnation, offset: -1, sender: '' }, inbox, version))
        starts.set(inbox, { incarnation, next: 0 })
    })
    return starts
  }

  #path(inbox: string): string {
    return `${this.#paths.senders}/${inbox}`
  }

  /** False: it is not as it was read any more. */
  async #write(choice: Choice, inbox: string, version: number | null): Promise<boolean> {
    const path = this.#path(inbox)
    const data = JSON.stringify(choice)
    return version === null
      ? (await this.#session.create(path, data)) !== null
      : this.#session.commit([{ kind: 'set', path, version, data }])
  }

  async #read(inbox: string): Promise<Node> {
    const node = await this.#session.get(this.#path(inbox))
    if (node === null) return { choice: null, version: null }
    return { choice: parse(node.data), version: node.stat.version }
  }
}

/** Garbage that somebody put there counts as no choice. */
function parse(data: Buffer | null): Choice | null {
  try {
    const { incarnation, offset, sender } = JSON.parse(data?.toString() ?? '') as Partial<Choice>
    if (typeof incarnation !== 'string' || typeof sender !== 'string') return null
    return Number.isSafeInteger(offset) ? { incarnation, offset: offset as number, sender } : null
  } catch {
    return null
  }
}
