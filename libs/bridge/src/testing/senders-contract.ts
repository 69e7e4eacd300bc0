import { describe, expect, it } from '@jest/globals'
import type { BridgeFixture } from './bridge-fixture.ts'

export function describeSenders({ session, fresh }: BridgeFixture): void {
  describe('choices of senders', () => {
    const [first, second] = ['0000000000000001', '0000000000000002']

    it('returns the first sender chosen for an offset to every session', async () => {
      const [one, other] = [await session(), await session()]
      const place = { inbox: fresh('inbox'), incarnation: first, offset: 0 }
      await expect(one.chooseSender(place, 'alice')).resolves.toBe('alice')
      await expect(other.chooseSender(place, 'inbox')).resolves.toBe('alice')
      await expect(other.chooseSender({ ...place, offset: 1 }, 'inbox')).resolves.toBe('inbox')
    })

    it('returns the same sender to two sessions that choose in parallel', async () => {
      const [one, other] = [await session(), await session()]
      const inbox = fresh('inbox')
      for (let offset = 0; offset < 5; offset += 1) {
        const place = { inbox, incarnation: first, offset }
        const [a, b] = await Promise.all([
          one.chooseSender(place, 'a'),
          other.chooseSender(place, 'b'),
        ])
        expect(a).not.toBeNull()
        expect(a).toBe(b)
      }
    })

    it('returns null for an earlier offset and for another incarnation', async () => {
      const bridge = await session()
      const inbox = fresh('inbox')
      await bridge.chooseSender({ inbox, incarnation: second, offset: 4 }, 'alice')
      const choose = (incarnation: string, offset: number) =>
        bridge.chooseSender({ inbox, incarnation, offset }, 'bob')
      await expect(choose(second, 3)).resolves.toBeNull()
      await expect(choose(first, 9)).resolves.toBeNull()
      await expect(choose(second, 5)).resolves.toBe('bob')
    })
  })
}
