import { describe, expect, it } from '@jest/globals'
import type { BridgeFixture } from './bridge-fixture.ts'
import { Observed } from './observed.ts'

export function describeOnline({ session, fresh }: BridgeFixture): void {
  describe('online', () => {
    it('shows ids as online until they are hidden', async () => {
      const bridge = await session()
      const [a, b] = [fresh('a'), fresh('b')]
      const watch = new Observed<ReadonlySet<string>>((onChange) => bridge.watchOnline(onChange))
      await bridge.showOnline([a, b])
      await watch.until((ids) => ids.has(a) && ids.has(b))
      expect([...(await bridge.shownHere())].sort()).toEqual([a, b].sort())
      await bridge.hideOnline([a])
      await watch.until((ids) => !ids.has(a) && ids.has(b))
      watch.stop()
    })

    it('hides the ids of a session when the session is closed', async () => {
      const [one, other] = [await session(), await session()]
      const id = fresh('a')
      const watch = new Observed<ReadonlySet<string>>((onChange) => other.watchOnline(onChange))
      await one.showOnline([id])
      await watch.until((ids) => ids.has(id))
      await one.close()
      const left = await watch.until((ids) => !ids.has(id))
      expect(left.has(id)).toBe(false)
      watch.stop()
    })

    it('keeps released ids online until another session takes them over or removes them', async () => {
      const [one, other] = [await session(), await session()]
      const [a, b] = [fresh('a'), fresh('b')]
      const watch = new Observed<ReadonlySet<string>>((onChange) => other.watchOnline(onChange))
      await one.showOnline([a, b])
      one.releaseOnline([a, b])
      await other.showOnline([a])
      expect([...(await one.shownHere())]).toEqual([b])
      await other.removeOnline([b])
      const left = await watch.until((ids) => ids.has(a) && !ids.has(b))
      expect(left.has(a)).toBe(true)
      expect((await one.shownHere()).size).toBe(0)
      watch.stop()
    })

    it('takes an id over from another session without a gap', async () => {
      const [one, other, third] = [await session(), await session(), await session()]
      const id = fresh('a')
      await one.showOnline([id])
      const watch = new Observed<ReadonlySet<string>>((onChange) => third.watchOnline(onChange))
      await watch.until((ids) => ids.has(id))
      let gone = false
      const stop = third.watchOnline((ids) => {
        gone ||= !ids.has(id)
      })
      await other.showOnline([id])
      expect((await one.shownHere()).has(id)).toBe(false)
      await one.hideOnline([id])
      await one.close()
      const marker = fresh('marker')
      await other.showOnline([marker])
      await watch.until((ids) => ids.has(marker))
      expect(gone).toBe(false)
      expect((await other.shownHere()).has(id)).toBe(true)
      stop()
      watch.stop()
    })
  })
}
