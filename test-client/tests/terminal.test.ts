import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { FakeServer, quick } from '@rookery/client/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runTerminal } from '../src/terminal.ts'
import { TinyTerminal } from './tiny-terminal.ts'

describe('the client at a terminal', () => {
  let server: FakeServer
  let input: PassThrough
  let terminal: TinyTerminal
  let exitCode: Promise<number>

  beforeEach(async () => {
    server = await FakeServer.start()
    server.chat.users.set('bob', { password: 'secret-1', displayName: 'Bob' })
    input = new PassThrough()
    terminal = new TinyTerminal(70)
  })

  afterEach(() => server.close())

  const start = (config: { username?: string; room?: string; password?: string }) => {
    exitCode = runTerminal({
      config: { server: server.url, json: false, ...config },
      input,
      output: terminal,
      colors: false,
      client: quick,
    })
  }
  const shows = async (text: string) => {
    while (!terminal.shown.includes(text)) await once(terminal, 'shown')
  }
  const type = (text: string) => {
    for (const key of text) input.write(key)
  }
  const quit = async () => {
    // The first one may only drop a line that was begun.
    type('\u0003\u0003')
    return exitCode
  }

  it('asks for a password, shows it nowhere, and enters the room', async () => {
    start({ username: 'ada', room: 'lobby' })
    await shows('password of ada:')
    type('secret-2\r')
    await shows('No account ada with this password. Create it? [y/N]')
    type('y\r')
    await shows('new password for ada:')
    type('secret-22\r')
    await shows('the same once more:')
    type('secret-22\r')
    await shows('[#lobby] >')
    expect(terminal.shown).not.toContain('secret-22')
    expect(server.chat.users.get('ada')?.password).toBe('secret-22')
    expect(await quit()).toBe(0)
  })

  it('marks an own message while it is on its way and when it is stored', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    const held: (() => void)[] = []
    server.onSend = (frame, socket) => {
      if (frame.type === 'chat_message') return []
      if (frame.type !== 'message_ack') return [frame]
      held.push(() => socket.ws.send(JSON.stringify(frame)))
      return []
    }
    type('hello\r')
    await shows('… [#lobby] hello')
    await server.until(() => held.length === 1)
    expect(terminal.shown).not.toContain('✓')
    held[0]?.()
    await shows('[#lobby] #2 ada: hello ✓')
    expect(terminal.shown).not.toContain('…')
    expect(await quit()).toBe(0)
  })

  it('says which messages were not stored when it ends', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    server.onFrame = (frame) => frame.type === 'chat_message'
    type('lost\r')
    await shows('… [#lobby] lost')
    expect(await quit()).toBe(1)
    expect(terminal.shown).toContain('not stored [#lobby] lost')
  })

  it('counts what is unread elsewhere, and reads what it shows', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    const [lobby] = server.chat.of('ada')
    const other = server.chat.open({ name: 'Other', members: ['bob', 'ada'] })
    for (const event of other.events) server.toUsers(['ada'], event)
    server.toUsers(['ada'], server.chat.say(other, 'bob', 'psst'))
    await shows('[#lobby] (1 unread) >')
    if (lobby !== undefined) server.toUsers(['ada'], server.chat.say(lobby, 'bob', 'hi'))
    await server.until(() => server.sent('mark_channel_read').length > 0)
    expect(server.sent('mark_channel_read')[0]?.channelId).toBe(lobby?.channelId)
    expect(await quit()).toBe(0)
  })

  it('shows who types until the message comes', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    const [lobby] = server.chat.of('ada')
    const channelId = lobby?.channelId ?? ''
    server.toUsers(['ada'], { type: 'typing', channelId, userId: 'bob' })
    await shows('bob in [#lobby] typing…')
    if (lobby !== undefined) server.toUsers(['ada'], server.chat.say(lobby, 'bob', 'done'))
    await shows('bob: done')
    expect(terminal.shown).not.toContain('typing')
    type('x')
    await server.until(() => server.sent('typing').length === 1)
    expect(await quit()).toBe(0)
  })

  it('sends a text where the command before it leads, however fast they come', async () => {
    start({ username: 'ada', password: 'secret-1' })
    await shows('[ada] >')
    type('/create One\rfirst\r/create Two\rsecond\r')
    await shows('["Two"] #2 ada: second ✓')
    await shows('["One"] #2 ada: first ✓')
    expect(await quit()).toBe(0)
  })

  it('keeps what is typed before the log-in is done', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    type('early bird\r')
    await shows('[#lobby] #2 ada: early bird ✓')
    expect(await quit()).toBe(0)
  })

  it('welcomes who gives no name, and hides a password in an echo', async () => {
    start({})
    await shows('Welcome')
    type('/login bob wrong-password\r')
    await shows('error /login: invalid_credentials')
    expect(terminal.shown).not.toContain('wrong-password')
    type('/login bob secret-1\r')
    await shows('[bob] >')
    type('/quit\r')
    expect(await exitCode).toBe(0)
  })

  it('completes the names of people it has heard of', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    const [lobby] = server.chat.of('ada')
    const channelId = lobby?.channelId ?? ''
    server.toUsers(['ada'], { type: 'channel_read', channelId, userId: 'yann', lastReadSeq: 1 })
    if (lobby !== undefined) server.toUsers(['ada'], server.chat.say(lobby, 'zenobia', 'hi'))
    await shows('zenobia: hi')
    expect(terminal.shown).not.toContain('yann')
    type('hello @ze\t')
    await shows('hello @zenobia')
    expect(await quit()).toBe(0)
  })

  it('completes commands, rooms and names', async () => {
    server.chat.open({ name: 'Team Chat', members: ['ada', 'bob'] })
    start({ username: 'ada', password: 'secret-1' })
    await shows('[ada] >')
    for (const [typed, completed] of [
      ['/joi', '/join '],
      ['te', 'Team Chat '],
    ]) {
      type(`${typed}\t`)
      await shows(String(completed).trimEnd())
    }
    type('\r')
    await shows('["Team Chat"] >')
    type('/kick b\t')
    await shows('/kick bob')
    expect(await quit()).toBe(0)
  })
})
