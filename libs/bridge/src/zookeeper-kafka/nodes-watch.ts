import { Reconciler } from '@rookery/service-kit'
import type { Stop } from '../bridge.ts'
import type { ZooKeeperSession } from '@rookery/zookeeper-client'

/**
 * Reads the children of a node now and after every change. A watch is only a hint, so they are
 * also read whenever the ZooKeeper session gives a reason to look again. `read` gets a function to
 * watch single children with.
 */
export function watchNodes<T>(
  session: ZooKeeperSession,
  path: string,
  read: (children: readonly string[], changed: () => void) => Promise<T>,
  onRead: (value: T) => void,
): Stop {
  // The same function each time: the client library keeps one watch of it per node.
  const changed = (): void => trigger.poke()
  let stopped = false
  const trigger = new Reconciler(
    async () => {
      const children = (await session.children(path, changed)) ?? []
      const value = await read(children, changed)
      if (!stopped) onRead(value)
    },
    // What cannot be read now is read at the next occasion.
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
