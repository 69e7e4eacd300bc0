import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createLogger } from '@rookery/service-kit'
import { ChatServerPicker } from './chat-server-picker.ts'

const logger = createLogger('test', { level: 'silent' })
const server = (id: string, more: object = {}) => ({
  id,
  host: `${id}.example`,
  port: 1,
  sockets: 0,
  draining: false,
  ...more,
})

async function pickerOf(...servers: object[]) {
  let change: (members: ReadonlyMap<string, string>) => void = () => {}
  const set = (...all: object[]) =>
    change(new Map(all.map((one, n) => [`member-${n}`, JSON.stringify(one)])))
  const picker = new ChatServerPicker(logger)
  await picker.watch({
    watchMembers: (_group, onChange) => {
      change = onChange
      return Promise.resolve(() => {})
    },
  })
  set(...servers)
  const share = (times: number) => {
    const counts: Record<string, number> = {}
    for (let n = 0; n < times; n++) {
      const { id } = picker.pick()
      counts[id] = (counts[id] ?? 0) + 1
    }
    return counts
  }
  return { picker, set, share }
}

afterEach(() => void jest.useRealTimers())

describe('ChatServerPicker', () => {
  it('returns a wss URL to a client that came by TLS', async () => {
    const { picker } = await pickerOf(server('a', { host: '::1', port: 3001 }))
    expect(picker.pick(true).url).toBe('wss://[::1]:3001')
  })

  it.each([true, false])(
    'returns the URL that a chat server registered unchanged, by TLS: %s',
    async (secure) => {
      const url = 'ws://a.example/socket'
      const { picker } = await pickerOf(server('a', { port: 80, url }))
      expect(picker.pick(secure)).toEqual({ id: 'a', host: 'a.example', port: 80, url })
      expect(picker.members()).toEqual([server('a', { port: 80 })])
    },
  )

  it('returns a URL with an IPv6 address in brackets', async () => {
    const { picker } = await pickerOf(server('a', { host: '::1', port: 3001 }))
    expect(picker.pick()).toEqual({ id: 'a', host: '::1', port: 3001, url: 'ws://[::1]:3001' })
  })

  it('answers unavailable without a chat server, and with draining ones only', async () => {
    for (const servers of [[], [server('a', { draining: true })]]) {
      const { picker } = await pickerOf(...servers)
      expect(() => picker.pick()).toThrow(expect.objectContaining({ code: 'unavailable' }))
    }
  })

  it('never picks a draining chat server', async () => {
    const { share } = await pickerOf(server('a', { draining: true }), server('b'), server('c'))
    expect(Object.keys(share(50)).sort((a, b) => a.localeCompare(b))).toEqual(['b', 'c'])
  })

  it('picks the less loaded of two chat servers', async () => {
    const { share } = await pickerOf(server('a', { sockets: 1_000 }), server('b'))
    expect(share(100)).toEqual({ b: 100 })
  })

  it.each([{ cpu: 0.9 }, { eventLoopDelayMs: 200 }])(
    'counts %j of a chat server as load',
    async (busy) => {
      const { share } = await pickerOf(
        server('a', { sockets: 100, ...busy }),
        server('b', { sockets: 120 }),
      )
      expect(share(10)).toEqual({ b: 10 })
    },
  )

  it('spreads a crowd by counting its picks before the chat server reports them', async () => {
    const { share } = await pickerOf(server('a'), server('b', { sockets: 30 }))
    const { a = 0, b = 0 } = share(100)
    expect(Math.abs(a - (30 + b))).toBeLessThanOrEqual(2)
  })

  it('draws from all of five equal chat servers', async () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((id) => server(id))
    const { share } = await pickerOf(...all)
    const counts = Object.values(share(500))
    expect(counts).toHaveLength(5)
    expect(Math.min(...counts)).toBeGreaterThan(70)
  })

  it('subtracts clients that arrived from its picks, and slowly forgets those that did not', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] })
    const { set, share } = await pickerOf(server('a'), server('b', { sockets: 45 }))
    expect(share(40)).toEqual({ a: 40 })
    set(server('a', { sockets: 30 }), server('b', { sockets: 45 }))
    // 30 have arrived, and 10 are on their way.
    expect(share(4)).toEqual({ a: 4 })
    set(server('a', { sockets: 30, cpu: 0.01 }), server('b', { sockets: 42 }))
    expect(share(2)).toEqual({ b: 2 })
    jest.advanceTimersByTime(15_000)
    expect(share(10)).toEqual({ a: 10 })
  })

  it('spreads 10,000 picks evenly over four chat servers of slightly different load', async () => {
    const calm = (id: string, n: number) => server(id, { cpu: n / 8, eventLoopDelayMs: 2 * n })
    const { share } = await pickerOf(...['a', 'b', 'c', 'd'].map(calm))
    for (const count of Object.values(share(10_000)))
      expect(Math.abs(count / 2_500 - 1)).toBeLessThan(0.15)
  })

  it('ignores a chat server whose registration is malformed', async () => {
    const { picker } = await pickerOf(server('a'), { id: 'b' }, server('c', { sockets: -1 }))
    expect(picker.members().map((member) => member.id)).toEqual(['a'])
  })
})
