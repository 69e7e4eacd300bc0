import { Reconciler } from '@rookery/service-kit'
import type { Stop } from '../bridge.ts'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'

/**
 * Reads the children of a node now and after every change. A watch of ZooKeeper is only a hint, so
 * they are also read on every connect and every few seconds. `read` can pass `changed` as a watch
 * of single children.
 */
export function watchNodes<T>(
  session: ZooKeeperSession,
  path: string,
  read: (children: readonly string[], changed: () => void) => Promise<T>,
  onRead: (value: T) => void,
): Stop {
  // Always the same function: then the client library keeps one watch per node.
  const changed = (): void => trigger.poke()
  let stopped = false
  const trigger = new Reconciler(
    async () => {
      const children = (await session.children(path, changed)) ?? []
      const value = await read(children, changed)
      if (!stopped) onRead(value)
    },
    // A failed reading is repeated later. Callers see failures of the engine in their own calls.
    { onError: () => undefined },
  )
  const forget = session.onLook(changed)
  trigger.poke()
  return () => {
    stopped = true
    forget()
    void trigger.close()
  }
}
