import { describe, expect, it } from '@jest/globals'
import type { PushBus } from '../push-bus.ts'
import { fresh, openedForEach, type UnderTest } from './under-test.ts'

export interface PushBusUnderTest extends UnderTest<PushBus> {
  /** Another process's connection to the same engine. */
  peer: PushBus
}

/** The contract of every push bus: the definition of the port. */
export function describePushBus(engine: string, open: () => Promise<PushBusUnderTest>): void {
  describe(`push bus on ${engine}`, () => {
    const current = openedForEach(open)
    /** Subscribes. @returns the received batches, and a promise for the batch `end` */
    const receive = async (
      bus: PushBus,
      server: string,
    ): Promise<{ batches: string[]; ended: Promise<void>; stop: () => Promise<void> }> => {
      const batches: string[] = []
      let end: () => void = () => undefined
      const ended = new Promise<void>((resolve) => (end = resolve))
      const stop = await bus.subscribe(server, (batch) => {
        batches.push(batch)
        if (batch === 'end') end()
      })
      return { batches, ended, stop }
    }

    it('delivers batches of any content that are published after the subscription, in order', async () => {
      const { port, peer } = current()
      const server = fresh('server')
      const { batches, ended } = await receive(port, server)
      const sent = [...Array.from({ length: 200 }, (_, i) => `batch ${i}`), 'ünï😀\n\u0000"', 'end']
      for (const batch of sent) peer.publish(server, batch)
      await ended
      expect(batches).toEqual(sent)
    })

    it('does not call a listener inside publish', async () => {
      const { port } = current()
      const server = fresh('server')
      const { batches, ended } = await receive(port, server)
      port.publish(server, 'end')
      expect(batches).toEqual([])
      await ended
    })

    it('delivers a batch to the addressed server only', async () => {
      const { port, peer } = current()
      const [one, other] = [fresh('server'), fresh('server')]
      const received = await receive(port, one)
      const others = await receive(peer, other)
      peer.publish(other, 'not for one')
      peer.publish(one, 'end')
      peer.publish(other, 'end')
      await Promise.all([received.ended, others.ended])
      expect(received.batches).toEqual(['end'])
      expect(others.batches).toEqual(['not for one', 'end'])
    })

    it('accepts and drops a batch for an unknown server', async () => {
      const { port, peer } = current()
      peer.publish(fresh('server'), 'lost')
      const server = fresh('server')
      const { batches, ended } = await receive(port, server)
      peer.publish(server, 'end')
      await ended
      expect(batches).toEqual(['end'])
    })

    it('delivers nothing after the end of a subscription, and can be subscribed again', async () => {
      const { port, peer } = current()
      const server = fresh('server')
      const first = await receive(port, server)
      peer.publish(server, 'end')
      await first.ended
      await first.stop()
      const second = await receive(port, server)
      peer.publish(server, 'end')
      await second.ended
      expect(first.batches).toEqual(['end'])
    })
  })
}
