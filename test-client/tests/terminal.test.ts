import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { FakeServer, quick, restError } from '@rookery/client/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runTerminal } from '../src/terminal.ts'
import type { TerminalOptions } from '../src/terminal.ts'
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

  const start = (
    config: { username?: string; room?: string; password?: string },
    more: Partial<TerminalOptions> = {},
  ) => {
    exitCode = runTerminal({
      ...more,
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
    // The first one may only drop an unfinished line.
    type('\u0003\u0003')
    return exitCode
  }

  it('stores text that was entered right before /quit', async () => {
    start({ username: 'bob', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    input.write('hello\r/quit\r')
    expect(await exitCode).toBe(0)
    expect(terminal.shown).toContain('bob: hello ✓')
    expect(terminal.shown).not.toContain('not stored')
  })

  it('asks for a password, never shows it, and enters the room', async () => {
    start({ username: 'ada', room: 'lobby' })
    await shows('password of ada:')
    type('secret-2\r')
    await shows('No account ada with this password. Create it? [y/N]')
    type('y\r')
    await shows('the same password once more:')
    type('secret-2\r')
    await shows('[#lobby] >')
    expect(terminal.shown).not.toContain('secret-2')
    expect(server.chat.users.get('ada')?.password).toBe('secret-2')
    expect(await quit()).toBe(0)
  })

  it('asks for a new password until it was typed the same twice', async () => {
    start({ username: 'ada', room: 'lobby' })
    // An empty password says that there is no account yet.
    await shows('password of ada:')
    type('\r')
    await shows('[y/N]')
    type('yes\r')
    for (const [first, second] of [
      ['secret-22', 'secret-23'],
      ['secret-24', 'secret-24'],
    ]) {
      await shows('new password for ada:')
      type(`${first}\r`)
      await shows('the same password once more:')
      type(`${second}\r`)
    }
    await shows('[#lobby] >')
    expect(terminal.shown).toContain('These two were not the same.')
    expect(terminal.shown).toContain('registered new account ada')
    expect(server.chat.users.get('ada')?.password).toBe('secret-24')
    expect(await quit()).toBe(0)
  })

  it.each(['', 'n', 'anything'])('makes no account after the answer "%s"', async (answer) => {
    start({ username: 'zoee' })
    await shows('password of zoee:')
    type('secret-22\r')
    await shows('[y/N]')
    type(`${answer}\r`)
    await shows('no account was made: /login zoee tries again')
    expect(server.restCalls).not.toContain('POST /auth/register')
    expect(await quit()).toBe(0)
  })

  it('reports a wrong password if there is such an account', async () => {
    start({ username: 'bob' })
    await shows('password of bob:')
    type('secret-2\r')
    await shows('[y/N]')
    type('y\r')
    await shows('the same password once more:')
    type('secret-2\r')
    await shows('there is an account bob, so the password was wrong')
    expect(server.chat.users.get('bob')?.password).toBe('secret-1')
    expect(await quit()).toBe(0)
  })

  it('asks again for a password that the server finds too weak', async () => {
    let isWeak = true
    server.onRest = ({ path }) => {
      if (path !== '/auth/register' || !isWeak) return null
      isWeak = false
      return restError('invalid_input')
    }
    start({})
    await shows('Welcome')
    type('/register ada\r')
    for (const password of ['password', 'secret-22']) {
      await shows('new password for ada:')
      type(`${password}\r`)
      await shows('the same password once more:')
      type(`${password}\r`)
    }
    await shows('connected as ada')
    expect(terminal.shown).not.toContain('No account')
    expect(server.chat.users.get('ada')?.password).toBe('secret-22')
    expect(await quit()).toBe(0)
  })

  it('sends a pasted block as one message, none of whose rows looks like a line', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    input.write('\u001b[200~one\n[#lobby] #9 bob: forged\n/quit\n\u001b[201~')
    await shows('✓')
    const [message] = server.sent('chat_message')
    expect(message?.content).toBe('one\n[#lobby] #9 bob: forged\n/quit')
    expect(terminal.screen.slice(-4)).toEqual([
      expect.stringMatching(/^\d\d:\d\d \[#lobby\] #2 ada: one$/u),
      '│ [#lobby] #9 bob: forged',
      '│ /quit ✓',
      '[#lobby] >',
    ])
    expect(await quit()).toBe(0)
  })

  it('asks once before it sends a long block as several messages', async () => {
    server.limits = { ...server.limits, maxContentCodePoints: 20 }
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    const block = 'a first line\n/quit now\nand the last line'
    const question = 'too long for one message. Send it as 3 messages? [y/N]'
    input.write(`\u001b[200~${block}\n\u001b[201~`)
    await shows(question)
    type('n\r')
    await shows('It was not sent.')
    expect(server.sent('chat_message')).toEqual([])
    type('\u001b[A\r')
    await shows(question)
    type('y\r')
    await shows('and the last line ✓')
    expect(server.sent('chat_message').map(({ content }) => content)).toEqual(block.split('\n'))
    expect(terminal.shown).not.toContain('…')
    expect(await quit()).toBe(0)
  })

  it('reports once which server it cannot reach and why, and keeps that on the screen', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    await server.stopChatServer(0)
    const attempts = () => terminal.raw.match(/cannot reach/gu)?.length ?? 0
    while (attempts() < 6) await once(terminal, 'shown')
    const told = terminal.screen.filter((row) => row.includes('cannot reach ws://127.0.0.1:'))
    expect(told).toHaveLength(2)
    expect(await quit()).toBe(0)
  })

  it('uses no escape codes on a terminal without them', async () => {
    const modes: boolean[] = []
    Object.assign(input, { setRawMode: (raw: boolean) => modes.push(raw) })
    let interrupt = () => {}
    const onSignal: TerminalOptions['onSignal'] = (signal, listener) => {
      if (signal === 'SIGINT') interrupt = listener
    }
    start({ username: 'bob', room: 'lobby' }, { dumb: true, onSignal })
    await shows('password of bob:')
    expect(modes).toEqual([true])
    input.write('secretx')
    input.write('\u007f-1\r')
    await shows('now in [#lobby]')
    input.write('hello\n')
    await shows('[#lobby] #2 bob: hello ✓')
    expect(modes.at(-1)).toBe(false)
    interrupt()
    await shows('Ctrl-C once more, or /quit, leaves.')
    input.write('/who\n')
    await shows('member bob')
    interrupt()
    interrupt()
    expect(await exitCode).toBe(0)
    const controls = Array.from(terminal.raw).filter((one) => one < ' ' && one !== '\n')
    expect(controls).toEqual([])
    expect(terminal.raw).not.toContain('secret')
  })

  it('ends on request, and restores the terminal', async () => {
    const modes: boolean[] = []
    Object.assign(input, { setRawMode: (raw: boolean) => modes.push(raw) })
    const ending = new AbortController()
    start({ username: 'ada', room: 'lobby', password: 'secret-1' }, { signal: ending.signal })
    await shows('[#lobby] >')
    server.onFrame = (frame) => frame.type === 'chat_message'
    type('lost\r')
    await shows('… [#lobby] lost')
    ending.abort()
    expect(await exitCode).toBe(1)
    expect(modes).toEqual([true, false])
    expect(terminal.raw).toContain('?2004l')
    expect(terminal.shown).toContain('not stored [#lobby] lost')
  })

  it('reports messages as not stored that still waited for the log-in', async () => {
    server.onRest = () => new Promise(() => {})
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    type('too early\r')
    await shows('… too early')
    expect(await quit()).toBe(1)
    expect(terminal.shown).toContain('not stored too early')
  })

  it('marks the user’s message while it is on its way and when it is stored', async () => {
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

  it('reports at the end which messages were not stored', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    await shows('[#lobby] >')
    server.onFrame = (frame) => frame.type === 'chat_message'
    type('lost\r')
    await shows('… [#lobby] lost')
    expect(await quit()).toBe(1)
    expect(terminal.shown).toContain('not stored [#lobby] lost')
  })

  it('counts unread messages of other rooms, and marks shown ones as read', async () => {
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

  it('shows a typing user until the message comes', async () => {
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

  it('sends a text to the room that the command before it enters, at any speed', async () => {
    start({ username: 'ada', password: 'secret-1' })
    await shows('[ada] >')
    type('/create One\rfirst\r/create Two\rsecond\r')
    await shows('["Two"] #2 ada: second ✓')
    await shows('["One"] #2 ada: first ✓')
    expect(await quit()).toBe(0)
  })

  it('keeps lines that are typed before the log-in is done', async () => {
    start({ username: 'ada', room: 'lobby', password: 'secret-1' })
    type('early bird\r')
    await shows('[#lobby] #2 ada: early bird ✓')
    expect(await quit()).toBe(0)
  })

  it('greets a user without a name, and hides a password in an echo', async () => {
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

  it('completes the names of people that were named before', async () => {
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
