import type { Observable } from '@rookery/client/store'
import { useLayoutEffect, useState } from 'preact/hooks'

/** The present snapshot; the component is drawn again whenever it changes. */
export function useSnapshot<Snapshot>(observable: Observable<Snapshot>): Snapshot {
  const [, redraw] = useState({})
  const snapshot = observable.getSnapshot()
  useLayoutEffect(() => {
    // It may have changed between the drawing and this effect.
    if (observable.getSnapshot() !== snapshot) redraw({})
    return observable.subscribe(() => redraw({}))
  }, [observable])
  return snapshot
}
