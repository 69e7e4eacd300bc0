import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Request, RequestKind, Stop } from '../bridge.ts'
import { BridgeError } from '../bridge-error.ts'
import { watchNodes } from './nodes-watch.ts'
import { inParallel } from './in-parallel.ts'
import type { Paths } from './paths.ts'
import type { Operation, ZooKeeperSession } from '@rookery/zookeeper-client'

const asked = '-1'
const digits: Record<Answer, string> = { refused: '0', done: '1', already: '2' }
const answers = new Map<string, Answer>([
  ['0', 'refused'],
  ['1', 'done'],
  ['2', 'already'],
])
/** Requests and answers are shorter. Longer data is malformed, and is not kept in memory. */
const maxValueBytes = 16
export const accountData = 'account'
const againMs = 100

/** Requests are nodes that a client makes and removes. The manager writes the answer into them. */
export class Requests {
  readonly #session: ZooKeeperSession
  readonly #paths: Paths

  constructor(session: ZooKeeperSession, paths: Paths) {
    this.#session = session
    this.#paths = paths
  }

  watch(kind: RequestKind, onChange: (requests: readonly Request[]) => void): Stop {
    const folder = this.#paths.requests(kind)
    return watchNodes(
      this.#session,
      folder,
      async (ids, changed) => {
        const requests: Request[] = []
        await inParallel(ids, async (id) => {
          const request = await this.#read(kind, id, changed)
          if (request !== null) requests.push(request)
        })
        return requests
      },
      onChange,
    )
  }

  async isUnchanged(request: Request): Promise<boolean> {
    const now = await this.#session.stat(this.#path(request))
    return now?.version === request.version && now.czxid === request.incarnation
  }

  async answer(request: Request, answer: Answer): Promise<'answered' | 'stale'> {
    // Versions begin at 0 with each node, so it must still be the node that was read.
    if (!(await this.isUnchanged(request))) return 'stale'
    const { kind, id, version } = request
    const entry = `${this.#paths.registry}/${id}`
    const operations: Operation[] = [
      { kind: 'set', path: this.#path(request), version, data: digits[answer] },
    ]
    if (answer === 'done') {
      if (kind === 'enroll') operations.push({ kind: 'create', path: entry, data: null })
      else if (kind === 'account_enroll')
        operations.push({ kind: 'create', path: entry, data: accountData })
      else operations.push({ kind: 'remove', path: entry, version: -1 })
    }
    return (await this.#session.commit(operations)) ? 'answered' : 'stale'
  }

  async discard(request: Request): Promise<void> {
    if (!(await this.isUnchanged(request))) return
    const { version } = request
    await this.#session.commit([{ kind: 'remove', path: this.#path(request), version }])
  }

  async ask(kind: RequestKind, id: string, timeoutMs: number): Promise<Answer> {
    const path = `${this.#paths.requests(kind)}/${id}`
    const deadline = performance.now() + timeoutMs
    try {
      while (performance.now() < deadline) {
        // Another client may have made the same request. Then both wait for its answer.
        await this.#session.create(path, asked)
        let wake: () => void = () => undefined
        const changed = new Promise<void>((resolve) => (wake = resolve))
        const node = await this.#session.get(path, wake)
        const answer = answers.get(node?.data?.toString() ?? '')
        if (answer !== undefined) {
          await this.#remove(path)
          return answer
        }
        // There is no tree yet, or another client has fetched the answer and removed the node.
        if (node === null) await sleep(againMs)
        else await within(changed, Math.min(1_000, deadline - performance.now()))
      }
    } catch (error) {
      await this.#remove(path).catch(() => undefined)
      throw error
    }
    await this.#remove(path)
    throw new BridgeError(
      'unavailable',
      `no manager has answered the request ${kind} ${id} in time`,
    )
  }

  async #remove(path: string): Promise<void> {
    await this.#session.commit([{ kind: 'remove', path, version: -1 }])
  }

  async #read(kind: RequestKind, id: string, changed: () => void): Promise<Request | null> {
    try {
      const node = await this.#session.get(`${this.#paths.requests(kind)}/${id}`, changed)
      if (node === null) return null
      const { data, stat } = node
      const value = data === null || data.length > maxValueBytes ? null : data.toString('latin1')
      return { kind, id, value, version: stat.version, incarnation: stat.czxid }
    } catch (error) {
      // A request that may not be read is left out, and does not block the others.
      if (error instanceof BridgeError && error.code === 'denied') return null
      throw error
    }
  }

  #path({ kind, id }: Request): string {
    return `${this.#paths.requests(kind)}/${id}`
  }
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms))))
  await Promise.race([promise, late])
  clearTimeout(timer)
}
