import type { InboxPlace } from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import type { Paths } from './paths.ts'
import type { ZooKeeperSession } from './zookeeper-session.ts'

interface Choice {
  incarnation: string
  offset: number
  sender: string
}

const maxAttempts = 10

/** One node per inbox holds the last choice, and is only ever changed from what was read: of two who choose, the first one wins. */
export class SenderChoices {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths

  constructor(session: ZooKeeperSession, paths: Paths) {
    this.#session = session
    this.#paths = paths
  }

  async choose({ inbox, incarnation, offset }: InboxPlace, sender: string): Promise<string | null> {
    const path = `${this.#paths.senders}/${inbox}`
    const data = JSON.stringify({ incarnation, offset, sender } satisfies Choice)
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { choice, version } = await this.#read(path)
      if (choice !== null && choice.incarnation === incarnation) {
        if (choice.offset === offset) return choice.sender
        if (choice.offset > offset) return null
      } else if (choice !== null && choice.incarnation > incarnation) return null
      const done =
        version === null
          ? (await this.#session.create(path, data)) !== null
          : await this.#session.commit([{ kind: 'set', path, version, data }])
      if (done) return sender
    }
    throw new BridgeError('unavailable', `others keep choosing for the inbox ${inbox}`)
  }

  async last(inbox: string, incarnation: string): Promise<number | null> {
    const { choice } = await this.#read(`${this.#paths.senders}/${inbox}`)
    return choice?.incarnation === incarnation ? choice.offset : null
  }

  async #read(path: string): Promise<{ choice: Choice | null; version: number | null }> {
    const node = await this.#session.get(path)
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
