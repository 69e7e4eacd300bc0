import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { platformWebSocket } from './web-socket.ts'

const platform = globalThis as { WebSocket?: unknown; process: { versions: object } }
const own = platform.WebSocket
const { process } = platform

describe('platformWebSocket', () => {
  afterEach(() => {
    platform.process = process
    if (own === undefined) delete platform.WebSocket
    else platform.WebSocket = own
  })

  it("returns the platform's own WebSocket in a browser", async () => {
    platform.process = { versions: {} }
    platform.WebSocket = class {}
    expect(await platformWebSocket()).toBe(platform.WebSocket)
  })

  it('returns the WebSocket of ws on a platform without one', async () => {
    platform.process = { versions: {} }
    delete platform.WebSocket
    expect(await platformWebSocket()).toBe(WebSocket)
  })

  it('returns the WebSocket of ws in Node, even if Node has its own', async () => {
    platform.WebSocket = class {}
    expect(await platformWebSocket()).toBe(WebSocket)
  })
})
