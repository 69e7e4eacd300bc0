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
  /** Null: the node does not exist. */
  version: number | null
}

const maxAttempts = 10

/**
 * Keeps the last choice of each inbox in a node, and changes it by compare-and-set: of two
 * processes that choose, the first one wins.
 *
 * Example: `{"incarnation":"i7","offset":4,"sender":"ann"}` says that the record at offset 4 is
 * from `ann`, and all earlier records are done. An offset of -1 fences an incarnation: its records
 * begin at 0, and choices for older incarnations are refused.
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
    throw new BridgeError(
      'unavailable',
      `other processes keep changing the sender choice of the inbox ${inbox}`,
    )
  }

  /**
   * Begins with inboxes: returns the offset of the next record of each, and fences older
   * incarnations. Incarnations are read after the nodes and before their compare-and-set. So a
   * process that was frozen in between cannot restore an incarnation that the next leader has
   * fenced. Inboxes that do not exist, or that another process begins with, are left out.
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

  /** @returns false: the node has changed since it was read */
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

/** Malformed data counts as no choice. */
function parse(data: Buffer | null): Choice | null {
  try {
    const { incarnation, offset, sender } = JSON.parse(data?.toString() ?? '') as Partial<Choice>
    if (typeof incarnation !== 'string' || typeof sender !== 'string') return null
    return Number.isSafeInteger(offset) ? { incarnation, offset: offset as number, sender } : null
  } catch {
    return null
  }
}
