import { describe, expect, it } from '@jest/globals'
import { Synchroniser } from './synchroniser.ts'

/** A synchroniser of channels that are all at seq 5. */
function setUp() {
  const sent: { requestId: string; channels: Record<string, number> }[] = []
  const sync = new Synchroniser({
    send: (frame) => sent.push(frame),
    last: (channelId) => (channelId === 'gone' ? undefined : 5),
    answerTimeoutMs: 60_000,
    backoff: {},
  })
  return { sync, sent }
}
const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

describe('Synchroniser', () => {
  it('asks for 300 channels at a time, one sync after the other', () => {
    const { sync, sent } = setUp()
    for (const name of names(650)) sync.want(name)
    expect(sent).toHaveLength(0)
    sync.connected()
    expect(sent).toHaveLength(1)
    sync.applied([])
    sync.applied([])
    expect(sent.map(({ channels }) => Object.keys(channels).length)).toEqual([300, 300, 50])
    expect(new Set(sent.flatMap(({ channels }) => Object.keys(channels))).size).toBe(650)
    sync.applied([])
    expect(sync.idle).toBe(true)
    sync.disconnected()
  })

  it('keeps one sync in flight and asks for no channel twice', () => {
    const { sync, sent } = setUp()
    sync.connected()
    sync.want('a')
    sync.want('a')
    sync.applied([])
    expect(sent).toHaveLength(1)
    expect(sync.idle).toBe(true)
    sync.want('a')
    sync.connected()
    sync.want('b')
    expect(sent).toHaveLength(3)
    sync.disconnected()
  })

  it('does not ask for a channel that is no longer followed', () => {
    const { sync, sent } = setUp()
    sync.connected()
    sync.want('gone')
    sync.want('there')
    expect(sent.map(({ channels }) => channels)).toEqual([{ there: 5 }])
    sync.disconnected()
  })

  it('asks again on the next socket for channels that the last one did not answer', () => {
    const { sync, sent } = setUp()
    sync.connected()
    sync.want('a')
    sync.disconnected()
    sync.want('b')
    expect(sent).toHaveLength(1)
    sync.connected()
    expect(sent.at(-1)?.channels).toEqual({ a: 5, b: 5 })
    sync.disconnected()
  })
})
