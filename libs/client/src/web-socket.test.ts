import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { platformWebSocket } from './web-socket.ts'

const platform = globalThis as { WebSocket?: unknown }
const own = platform.WebSocket

describe('platformWebSocket', () => {
  afterEach(() => {
    if (own === undefined) delete platform.WebSocket
    else platform.WebSocket = own
  })

  it("is the platform's own where there is one", async () => {
    platform.WebSocket = class {}
    expect(await platformWebSocket()).toBe(platform.WebSocket)
  })

  it('is that of ws where there is none', async () => {
    delete platform.WebSocket
    expect(await platformWebSocket()).toBe(WebSocket)
  })
})
