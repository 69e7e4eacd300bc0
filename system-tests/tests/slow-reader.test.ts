import { afterEach, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { startWorld, type World } from '../src/world.ts'

describe('a reader that is too slow', () => {
  let world: World
  afterEach(() => world.close())

  async function start(patience: string): Promise<void> {
    const many = '100000'
    world = await startWorld({
      RATE_LIMIT_MESSAGES_PER_SECOND: many,
      RATE_LIMIT_MESSAGE_BURST: many,
      SLOW_READER_TIMEOUT: patience,
    })
  }

  /** Sends more than the buffers of the kernel and 1 MiB in the server hold together. */
  async function flood(ann: BareClient, channelId: string): Promise<number> {
    const content = 'x'.repeat(4_000)
    let head = 0
    for (let round = 0; round < 30; round += 1) {
      const acks = await Promise.all(
        Array.from({ length: 100 }, () =>
          ann.request({ type: 'chat_message', channelId, content }),
        ),
      )
      head = Math.max(head, ...acks.map((ack) => ack.seq))
    }
    return head
  }

  it('a slow reader gets the head once it has drained, and others are not held up', async () => {
    // Longer than the flood takes on a busy machine.
    await start('60s')
    const [ann, bob, cyd] = [
      await BareClient.registered(world.url),
      await BareClient.registered(world.url),
      await BareClient.registered(world.url),
    ]
    const participants = [bob.username, cyd.username]
    const { channelId } = await ann.request({ type: 'create_channel', name: 'slow', participants })
    await bob.event(channelId, 1)
    bob.pause()
    const head = await flood(ann, channelId)
    expect((await cyd.event(channelId, head)).seq).toBe(head)
    bob.resume()
    const notice = await bob.next((frame) => frame.type === 'channel_head', 15_000)
    expect(notice).toMatchObject({ channelId, head })
    const seen = bob.events(channelId).map((event) => event.seq)
    expect(seen).toEqual(seen.map((_, i) => i + 1))
    expect(seen.length).toBeLessThan(head)
    for (let last = seen.length; last < head;) {
      const page = await bob.sync(channelId, last)
      expect(page.events[0]?.seq).toBe(last + 1)
      last = page.events.at(-1)?.seq ?? head
    }
    const { seq } = await ann.request({ type: 'chat_message', channelId, content: 'live again' })
    expect(await bob.event(channelId, seq)).toMatchObject({ content: 'live again' })
    for (const client of [ann, bob, cyd]) client.terminate()
  }, 60_000)

  it('a reader that reads nothing at all is cut', async () => {
    await start('5s')
    const [ann, bob] = [
      await BareClient.registered(world.url),
      await BareClient.registered(world.url),
    ]
    const { channelId } = await ann.request({
      type: 'create_channel',
      participants: [bob.username],
    })
    await bob.event(channelId, 1)
    bob.pause()
    await flood(ann, channelId)
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    const gone = await ann.request({ type: 'subscribe', userIds: [bob.username] })
    expect(gone.type).toBe('presence_update')
    bob.resume()
    expect([4108, 1006]).toContain(await bob.closed(15_000))
    ann.terminate()
  }, 60_000)
})
