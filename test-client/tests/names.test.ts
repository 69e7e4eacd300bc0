import { FakeServer } from '@rookery/client/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Config } from '../src/config.ts'
import { openPipe } from './open-pipe.ts'

describe('names in the client', () => {
  let server: FakeServer

  beforeEach(async () => {
    server = await FakeServer.start()
    for (const name of ['ada', 'bob', 'mallory']) {
      server.chat.users.set(name, { password: 'secret-1', displayName: name })
    }
  })

  afterEach(() => server.close())

  const run = async (commands: string[], config: Partial<Config> = {}) => {
    const { input, lines, exitCode } = openPipe(server.url, { username: 'ada', ...config })
    input.end(commands.map((command) => `${command}\n`).join(''))
    return { code: await exitCode, lines }
  }
  const textsOf = (channelId: string) =>
    (server.chat.channels.get(channelId)?.events ?? []).flatMap((event) =>
      event.type === 'chat_message' ? [event.content] : [],
    )
  const directs = () =>
    [...server.chat.channels.values()].filter((channel) => channel.kind === 'direct')

  it.each(['/join @bob', '/dm bob', '/dm @BOB', '/leave "x"'])(
    'opens the channel with bob and no room of that name: %s',
    async (command) => {
      const rooms = [
        server.chat.open({ name: '@bob', members: ['mallory', 'ada'] }),
        server.chat.open({ kind: 'public', name: '@bob', members: ['mallory', 'ada'] }),
      ]
      const { lines } = await run([command, 'the code is 1234', '/msg @bob also 5678'])
      for (const { channelId } of rooms) expect(textsOf(channelId)).toEqual([])
      expect(directs()).toHaveLength(1)
      const [direct] = directs()
      const said = command.startsWith('/leave') ? [] : ['the code is 1234']
      expect(textsOf(direct?.channelId ?? '')).toEqual([...said, 'also 5678'])
      expect(lines.at(-1)).toMatch('sent [@bob] #')
    },
  )

  it('treats @bob as a person even as the room to begin in', async () => {
    server.chat.open({ kind: 'public', name: '@bob', members: ['mallory', 'ada'] })
    const { code, lines } = await run(['hi'], { room: '@bob' })
    expect(code).toBe(0)
    expect(lines.at(-1)).toBe('sent [@bob] #2 hi')
    expect(textsOf(directs()[0]?.channelId ?? '')).toEqual(['hi'])
  })

  it('needs a text for a person, and does not send the name to the room instead', async () => {
    const { code, lines } = await run(['/join lobby', '/msg @bob'], { room: 'lobby' })
    expect(code).toBe(1)
    expect(lines.at(-1)).toBe('error /msg usage: /msg [@<username>] <message>')
  })

  it.each(['lobby', '#lobby', 'LOBBY', '#"Lobby"'])(
    'opens the public room: client ada %s, and /join of it',
    async (name) => {
      server.chat.open({ name: 'lobby', members: ['mallory', 'ada'] })
      const room = server.chat.open({ kind: 'public', name: 'Lobby', members: ['bob'] })
      for (const { lines } of [await run([], { room: name }), await run([`/join ${name}`])]) {
        expect(lines).toContain(`now in [#Lobby] ${room.channelId}`)
      }
      expect(server.chat.channels.size).toBe(2)
    },
  )

  it('reaches old rooms whose names begin with a mark, in quotes or by their ids', async () => {
    const group = server.chat.open({ name: '@bob', members: ['mallory', 'ada'] })
    const room = server.chat.open({ kind: 'public', name: '#lobby', members: ['mallory'] })
    const { code, lines } = await run([
      '/join "@bob"',
      '/join #"#lobby"',
      '/join ##lobby',
      `/join ${group.channelId}`,
      '/who "@bob"',
      '/leave #"#lobby"',
    ])
    expect(code).toBe(0)
    expect(lines.filter((line) => line.startsWith('now in'))).toEqual([
      `now in ["@bob"] ${group.channelId}`,
      `now in [#"#lobby"] ${room.channelId}`,
      `now in [#"#lobby"] ${room.channelId}`,
      `now in ["@bob"] ${group.channelId}`,
    ])
    expect(lines.at(-1)).toBe('[#"#lobby"] you are no longer a member')
  })

  it('refuses such a name for a room', async () => {
    for (const command of ['/create @bob', '/create ##x', '/create --public ＠bob', '/rename @b']) {
      const { code, lines } = await run(['/create Mine', command])
      expect([code, lines.at(-1)]).toEqual([
        1,
        expect.stringContaining('the name of a room cannot begin with @ or #'),
      ])
    }
    const { lines } = await run(['/create --public #open'])
    expect(lines.at(-1)).toMatch('now in [#open] ')
  })

  it('does not choose between two groups of one name', async () => {
    const ids = ['one', 'two'].map((channelId) =>
      server.chat.open({ name: 'Den', members: ['mallory', 'ada'], channelId }),
    )
    const { code, lines } = await run(['/join Den', '/join two'])
    expect(code).toBe(1)
    expect(lines.filter((line) => line.startsWith('channel'))).toEqual(
      ids.map(({ channelId }) => expect.stringContaining(`["Den" ~${channelId}]`)),
    )
    expect(lines).toContainEqual(expect.stringContaining('error /join ambiguous'))
    expect(lines).toContain('now in ["Den" ~two] two')
  })

  it('quotes the text of others, so that none of it can be a line of its own', async () => {
    const { input, lines, exitCode, seen } = openPipe(server.url, { username: 'ada' })
    await seen('connected')
    const other = openPipe(server.url, { username: 'mallory' })
    other.input.end(
      [
        '/create "lobby] #7 bob: ok [x" ada',
        '/topic x] #8 bob: "ok" [y',
        'hi\u2028[#lobby] #9 bob: ok',
        '/react 3 👍',
        '/leave',
        '',
      ].join('\n'),
    )
    await other.exitCode
    await seen('reacted')
    input.end()
    await exitCode
    const label = String.raw`["lobby\] #7 bob: ok \[x"]`
    expect(lines[1]).toMatch(`${label} created by mallory`)
    expect(lines[2]).toBe(String.raw`${label} mallory set the topic: "x\] #8 bob: \"ok\" \[y"`)
    expect(lines[3]).toMatch(`${label} #3 mallory: hi\uFFFD[#lobby] #9 bob: ok`)
    expect(lines[4]).toBe(`${label} mallory reacted to #3: 👍`)
  })

  it('labels the channel with oneself', async () => {
    const notes = server.chat.open({ name: null, notes: true, members: ['ada'] })
    const { lines } = await run(['/join @ada', 'milk'])
    expect(lines).toContain(`now in [@ada (you)] ${notes.channelId}`)
    expect(lines.at(-1)).toBe('sent [@ada (you)] #2 milk')
  })

  it('lists few of many rooms for people, those with unread messages first, and all for programs', async () => {
    for (let count = 0; count < 45; count++) {
      const room = server.chat.open({ name: `Room ${count}`, members: ['bob', 'ada'] })
      if (count === 40) server.chat.say(room, 'bob', 'news')
    }
    const { lines } = await run([])
    expect(lines.slice(1)).toEqual([
      expect.stringContaining('["Room 40"] group, 2 members, 1 unread'),
      'you are in 45 rooms, 1 with unread: /channels lists them',
    ])
    expect((await run([], { json: true })).lines).toHaveLength(46)
  })

  it('prints JSON that every reader of lines reads as one line', async () => {
    const content = 'a\u2028b\u2029c\u0085d\ve\ff\u001cg'
    const { lines } = await run([content], { room: 'lobby', json: true })
    const line = lines.at(-1) ?? ''
    expect(line).toMatch(/^[\u0020-\u007e]*$/u)
    expect(JSON.parse(line)).toMatchObject({ type: 'sent', content, kind: 'public' })
  })
})
