import { FakeServer } from '@rookery/client/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Config } from '../src/config.ts'
import { shownTime } from '../src/times.ts'
import { openPipe } from './open-pipe.ts'

/** A line of a message. Its time may be of the day before. */
const timed = (line: string) =>
  new RegExp(`^(\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d ${line.replaceAll(/[[\]()]/g, '\\$&')}$`, 'u')

describe('the client in a pipe', () => {
  let server: FakeServer

  beforeEach(async () => {
    server = await FakeServer.start(2)
    server.chat.users.set('bob', { password: 'secret-1', displayName: 'Bob' })
    server.chat.users.set('cleo', { password: 'secret-1', displayName: 'cleo' })
  })

  afterEach(() => server.close())

  const open = (config: Partial<Config> = {}) => openPipe(server.url, config)

  const run = async (commands: string[], config: Partial<Config> = {}) => {
    const { input, lines, exitCode } = open({ username: 'ada', ...config })
    input.end(commands.map((command) => `${command}\n`).join(''))
    return { code: await exitCode, lines }
  }

  it('registers a new user, creates the room and sends to it', async () => {
    const { code, lines } = await run(['Hello, world!', '/msg again'], { room: 'lobby' })
    expect(lines).toEqual([
      'registered new account ada',
      'connected to chat-1 as ada',
      '[#lobby] created by ada ch-1',
      'now in [#lobby] ch-1',
      'sent [#lobby] #2 Hello, world!',
      'sent [#lobby] #3 again',
    ])
    expect(code).toBe(0)
  })

  it('lists the channels at the start and enters an existing room', async () => {
    const room = server.chat.open({ kind: 'public', name: 'Lobby', members: ['bob'] })
    for (let count = 1; count <= 12; count++) server.chat.say(room, 'bob', `message ${count}`)
    room.members.set('ada', 'member')
    const { code, lines } = await run([], { room: 'lobby' })
    expect(lines.slice(0, 4)).toEqual([
      'registered new account ada',
      'connected to chat-1 as ada',
      'channel ch-1 [#Lobby] public, 2 members, 12 unread',
      'now in [#Lobby] ch-1',
    ])
    expect(lines.slice(4)).toEqual(
      Array.from({ length: 10 }, (_, index) =>
        expect.stringMatching(timed(`[#Lobby] #${index + 4} bob: message ${index + 3}`)),
      ),
    )
    expect(code).toBe(0)
  })

  it('enters the user’s room of that name if there is no public one', async () => {
    server.chat.open({ name: 'Den', members: ['bob', 'ada'] })
    const { code, lines } = await run(['hi'], { room: 'den' })
    expect(code).toBe(0)
    expect(lines.slice(-2)).toEqual(['now in ["Den"] ch-1', 'sent ["Den"] #2 hi'])
    expect(server.chat.channels.size).toBe(1)
  })

  it('runs every command', async () => {
    const { code, lines } = await run([
      '/create "Team Chat" bob cleo',
      'Hello',
      '/edit 2 Hallo',
      '/react #2 👍',
      '/unreact 2 👍',
      '/history',
      '/history 5 before 2',
      '/delete 2',
      '/who',
      '/role bob admin',
      '/kick cleo',
      '/invite cleo',
      '/rename Crew',
      '/topic all of it',
      '/read',
      '/read Crew',
      '/unread',
      '/create --public Open',
      '/join Crew',
      '/join ch-1',
      '/channels',
      '/channels public',
      '/dm bob hi there',
      '/status busy in a call',
      '/watch bob',
      '/unwatch bob',
      '/whois bob',
      '/devices',
      '/devices end f1',
      '/leave Open',
      '/help join',
      '/logout',
      '/login ada',
      '/quit',
      'never read',
    ])
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([])
    expect(code).toBe(0)
    for (const line of [
      'now in ["Team Chat"] ch-1',
      'sent ["Team Chat"] #2 Hello',
      '["Team Chat"] ada edited #2: Hallo',
      '["Team Chat"] ada reacted to #2: 👍',
      '["Team Chat"] ada took back a reaction to #2: 👍',
      'no earlier messages',
      '["Team Chat"] ada deleted #2',
      'member ada owner, online',
      'member bob "Bob" member, online',
      '["Team Chat"] ada made bob admin',
      '["Team Chat"] cleo was removed by ada',
      '["Team Chat"] cleo joined, added by ada',
      '["Crew"] ada renamed it to "Crew"',
      '["Crew"] ada set the topic: "all of it"',
      'read ["Crew"] up to #11',
      'nothing unread',
      '[#Open] created by ada ch-3',
      'channel ch-1 ["Crew"] group, 3 members, 0 unread, "all of it"',
      'channel ch-3 [#Open] public, 1 member, 0 unread',
      'sent [@bob] #2 hi there',
      'ada is busy "in a call"',
      'bob is online',
      'not watching bob',
      `user bob "Bob" online, last seen ${shownTime('2026-01-01T00:00:00.000Z')}`,
      'ended f1',
      '[#Open] you are no longer a member',
      'logged out',
    ]) {
      expect(lines).toContain(line)
    }
    for (const line of ['["Team Chat"] #2 ada: Hallo (edited)', '["Crew"] #2 ada: (deleted)']) {
      expect(lines).toContainEqual(expect.stringMatching(timed(line)))
    }
    expect(lines.join('\n')).not.toContain('never read')
  })

  it('prints the actions of others', async () => {
    const { input, lines, exitCode, seen } = open({ username: 'ada', room: 'lobby' })
    await seen('now in')
    const other = await run(
      [
        '/join lobby',
        'hi\u001b[2J',
        '/react 3 👍',
        '/topic news',
        '/create Private ada',
        'psst',
        '/leave lobby',
      ],
      { username: 'bob' },
    )
    expect(other.code).toBe(0)
    await seen('bob left')
    expect(lines.slice(4)).toEqual([
      '[#lobby] bob joined',
      expect.stringMatching(timed('[#lobby] #3 bob: hi\uFFFD[2J')),
      '[#lobby] bob reacted to #3: 👍',
      '[#lobby] bob set the topic: "news"',
      '["Private"] created by bob ch-3',
      expect.stringMatching(timed('["Private"] #2 bob: psst')),
      '[#lobby] bob left',
    ])
    input.end('/unread\n')
    expect(await exitCode).toBe(0)
    expect(lines).toContain('unread 1 ["Private"] ch-3')
  })

  it.each([
    [
      'an unknown command',
      ['/dance'],
      'error /dance unknown_command: there is no /dance; /help lists what there is',
    ],
    ['a command without its words', ['/kick'], 'error /kick usage: /kick <username>'],
    ['a text without a room', ['hello'], 'error no_room: enter a room first: /join <room>'],
    ['what the server refuses', ['/join nowhere'], 'error /join not_found: not_found'],
    ['a number that is none', ['/edit first text'], 'error /edit usage: /edit <number> <message>'],
  ])('continues after %s, and ends with 1', async (_what, commands, line) => {
    const { code, lines } = await run([...commands, '/create After'])
    expect(code).toBe(1)
    expect(lines).toContain(line)
    expect(lines).toContain('now in ["After"] ch-1')
  })

  it('ends with 1 if it cannot log in', async () => {
    const { code, lines } = await run([], { username: 'bob', password: 'wrong' })
    expect([code, lines]).toEqual([1, ['error invalid_credentials: invalid_credentials']])
    const { exitCode, lines: without } = open({ username: 'bob', password: '' })
    expect(await exitCode).toBe(1)
    expect(without).toHaveLength(1)
    const { url } = server
    await server.close()
    const nowhere = await run([], { server: url })
    expect(nowhere).toEqual({
      code: 1,
      // Refused, or reset on a connection that was kept open: it depends on the system.
      lines: [
        expect.stringMatching(
          `^error network: cannot reach ${url}: connection (refused|reset|closed)$`,
        ),
      ],
    })
  })

  it('reports once why it may not connect', async () => {
    server.onFrame = (frame, socket) => {
      if (frame.type === 'authenticate') socket.ws.close(4009, 'too many devices')
      return true
    }
    const { code, lines } = await run([])
    expect([code, lines.slice(1)]).toEqual([1, ['error device_limit: too many devices']])
  })

  it('refuses every command but help before a log-in', async () => {
    const { input, lines, exitCode } = open()
    input.end('/channels\n/help quit\n/login bob\n/channels\n')
    expect(await exitCode).toBe(1)
    expect(lines).toEqual([
      'error /channels not_logged_in: log in first: /login <username>',
      expect.stringMatching(/^\/quit {40}leave this program/),
      'connected to chat-1 as bob',
      'no channels yet: /create or /join one',
    ])
  })

  it('prints one JSON object per line with --json', async () => {
    const { code, lines } = await run(['hi\nthere'.replace('\n', ' '), '/nope'], {
      room: 'lobby',
      json: true,
    })
    expect(code).toBe(1)
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { type: 'registered', username: 'ada' },
      { type: 'connected', username: 'ada' },
      { type: 'created', channelId: 'ch-1', room: 'lobby' },
      { type: 'entered', channelId: 'ch-1' },
      { type: 'sent', seq: 2, content: 'hi there' },
      { type: 'error', command: 'nope', code: 'unknown_command' },
    ])
  })

  it('waits for the answers before it ends, and reports that it reconnected to another server', async () => {
    let held = true
    server.onFrame = (frame, socket) => {
      if (frame.type !== 'chat_message' || !held) return false
      held = false
      server.preferred = 1
      socket.ws.terminate()
      return true
    }
    const { code, lines } = await run(['through thick and thin'], { room: 'lobby' })
    expect(code).toBe(0)
    expect(lines.slice(4)).toEqual([
      expect.stringMatching(/^connection lost: it was cut; next attempt in 0\.0 s$/),
      'reconnected to chat-2: 1 message sent again, 0 rooms to catch up',
      'sent [#lobby] #2 through thick and thin',
    ])
  })

  it('ends with 1 when the server tells it to stop, even if the input stays open', async () => {
    const { lines, exitCode, seen } = open({ username: 'ada' })
    await seen('connected')
    for (const { ws } of server.open) ws.close(4003, 'banned')
    expect(await exitCode).toBe(1)
    expect(lines).toContain('disconnected forbidden: banned')
  })
})
