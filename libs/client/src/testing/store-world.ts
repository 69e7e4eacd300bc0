import 'fake-indexeddb/auto'
import type { AuthAnswer } from '@rookery/protocol'
import { openStore } from '../store/index.ts'
import type { Observable, Store, StoreOptions } from '../store/index.ts'
import { quick } from './connected.ts'
import type { FakeServer } from './fake-server.ts'

type Locks = Pick<LockManager, 'request'>

/** Locks as browsers have them, for the tabs of one test. */
export function fakeLocks(): Locks {
  const queues = new Map<string, Promise<unknown>>()
  const request = (
    name: string,
    { signal }: { signal?: AbortSignal },
    run: () => Promise<unknown>,
  ): Promise<unknown> => {
    const before = queues.get(name) ?? Promise.resolve()
    const turn = before.then(() => (signal?.aborted === true ? undefined : run()))
    queues.set(
      name,
      turn.catch(() => {}),
    )
    return turn
  }
  return { request } as unknown as Locks
}

/** Resolves with the first snapshot for which `matches` holds. */
export function until<Snapshot>(
  piece: Observable<Snapshot>,
  matches: (snapshot: Snapshot) => boolean,
): Promise<Snapshot> {
  return new Promise((resolve) => {
    let off = (): void => {}
    const look = (): void => {
      const snapshot = piece.getSnapshot()
      if (!matches(snapshot)) return
      off()
      resolve(snapshot)
    }
    off = piece.subscribe(look)
    look()
  })
}

/** Opens a tab's store of a registered user of this server. */
export function openTab(
  server: FakeServer,
  username: string,
  options: Partial<StoreOptions> = {},
): Store {
  const { backoff, answerTimeoutMs, readyTimeoutMs } = quick
  const renew = async (): Promise<AuthAnswer> => {
    const answer = await fetch(`${server.url}/auth`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: 'secret-1' }),
    })
    return (await answer.json()) as AuthAnswer
  }
  return openStore({
    url: server.url,
    username,
    renew,
    ...(backoff !== undefined && { backoff }),
    ...(answerTimeoutMs !== undefined && { answerTimeoutMs }),
    ...(readyTimeoutMs !== undefined && { readyTimeoutMs }),
    ...options,
  })
}
