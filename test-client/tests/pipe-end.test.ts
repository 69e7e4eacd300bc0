import { FakeServer } from '@rookery/client/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openPipe } from './open-pipe.ts'

describe('the end of a client in a pipe', () => {
  let server: FakeServer

  beforeEach(async () => {
    server = await FakeServer.start(2)
  })

  afterEach(() => server.close())

  const open = (more: Parameters<typeof openPipe>[2] = {}) =>
    openPipe(server.url, { username: 'ada', room: 'lobby' }, more)

  it('is 1 when nobody reads the output any more, with the reason on standard error', async () => {
    const { input, output, exitCode, complaints, seen } = open()
    await seen('now in')
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    input.write('one\n')
    expect(await exitCode).toBe(1)
    expect(complaints).toEqual(['the output was closed: what follows in the input is not sent'])
  })

  it('is 1 when the input fails', async () => {
    const { input, exitCode, lines, seen } = open()
    await seen('now in')
    input.destroy(new Error('read EIO'))
    expect(await exitCode).toBe(1)
    expect(lines.at(-1)).toBe('error unreadable_input: cannot read the input: read EIO')
  })

  it('is 1 when the socket cannot be reached for a while, with the address and the reason', async () => {
    const { port } = new URL(await chatUrl())
    await server.stopChatServer(0)
    const { input, exitCode, lines } = open({ giveUpMs: 1000 })
    input.write('never sent\n')
    expect(await exitCode).toBe(1)
    const where = `cannot reach ws://127.0.0.1:${port}: connection refused`
    expect(lines[1]).toMatch(`not connected: ${where}; next attempt in`)
    expect(lines.at(-1)).toBe(`disconnected network: gave up after 1 s: ${where}`)
  })

  it('is 1 when the connection is lost for a while, and the present line is not stored', async () => {
    const { input, exitCode, lines, seen } = open({ giveUpMs: 1000 })
    await seen('now in')
    server.onFrame = (frame) => frame.type === 'chat_message'
    input.write('lost\n')
    await server.until(() => server.sent('chat_message').length === 1)
    await server.stopChatServer(0)
    expect(await exitCode).toBe(1)
    expect(lines.slice(-2)).toEqual([
      expect.stringContaining('gave up'),
      'error closed: the client was closed',
    ])
  })

  it('is 0 when the connection came back in time', async () => {
    const { input, exitCode, seen } = open({ giveUpMs: 5_000 })
    await seen('now in')
    server.preferred = 1
    await server.stopChatServer(0)
    input.end('stored after all\n')
    await seen('stored after all')
    expect(await exitCode).toBe(0)
  })

  async function chatUrl(): Promise<string> {
    const answer = await fetch(`${server.url}/auth/register`, {
      method: 'POST',
      body: JSON.stringify({ username: 'probe', password: 'secret-1' }),
    })
    return ((await answer.json()) as { servers: { chat: { url: string } } }).servers.chat.url
  }
})
