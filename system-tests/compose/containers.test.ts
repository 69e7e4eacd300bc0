import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { newName, register, type LoggedIn } from '../src/rest.ts'
import { connectedElsewhere, Room, texts, url } from './room.ts'
import {
  comeBack,
  containers,
  crash,
  docker,
  eventually,
  inside,
  recreate,
  restart,
  restarts,
  scaleTo,
} from './stack.ts'

// The tests depend on each other: each finds the containers as the one before left them.
describe('the containers', () => {
  it('all containers are healthy, two chat servers among them', async () => {
    const all = await containers()
    expect(all.filter(({ Health }) => Health !== 'healthy')).toEqual([])
    expect(all.map(({ Service }) => Service).toSorted()).toEqual(services)
  })

  it('only the two ports of the front door are published, on loopback', async () => {
    const published = (await containers()).flatMap(({ Service, Publishers }) =>
      (Publishers ?? [])
        .filter(({ PublishedPort }) => PublishedPort !== 0)
        .map(({ URL, TargetPort }) => `${Service} ${URL} ${TargetPort}`),
    )
    expect(published.toSorted()).toEqual(['front-door 127.0.0.1 3000', 'front-door 127.0.0.1 3001'])
  })

  it.each(['api', 'chat-server', 'dispatcher', 'presence'])(
    'the %s does not run as root, and its root file system is read-only',
    async (service) => {
      const script = `const { writeFileSync } = require('node:fs')
        const refused = (path) => { try { writeFileSync(path, 'x'); return false } catch { return true } }
        console.log(process.getuid() !== 0, refused('/app/x'), refused('/etc/x'))`
      expect(await inside(service, script)).toBe('true true true')
    },
  )

  it('the image holds no sources, and no packages for tests and builds', async () => {
    const script = `const { existsSync, readdirSync } = require('node:fs')
      const files = readdirSync('/app', { recursive: true }).filter((path) => !path.split('/').includes('node_modules'))
      console.log(files.filter((path) => /\\.ts$|\\.test\\./.test(path)).length,
        ['jest', 'typescript', 'tsx', 'oxlint'].filter((name) => existsSync('/app/node_modules/' + name)).length)`
    expect(await inside('api', script)).toBe('0 0')
  })

  it('Cassandra acknowledges a write only when it is on disk', async () => {
    const cql = `SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'`
    expect(await docker('compose', 'exec', '-T', 'cassandra', 'cqlsh', '-e', cql)).toMatch(/batch/)
  })

  it('metrics are not visible outside', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    expect(await inside('api', metricsStatus)).toBe('200')
  })
})

describe('two people on different chat servers', () => {
  let ann: BareClient
  let ben: BareClient
  let annsSession: LoggedIn
  let channelId: string
  const servers: string[] = []
  const session = 'one-start-of-a-client'

  beforeAll(async () => {
    annsSession = await register(url, newName('ann'))
    const benSession = await register(url, newName('ben'))
    const first = await connectedElsewhere(annsSession, [], { session })
    const second = await connectedElsewhere(benSession, [first.serverId])
    servers.push(first.serverId, second.serverId)
    ann = first.client
    ben = second.client
    const created = await ann.request({
      type: 'create_channel',
      name: 'Across',
      participants: [ben.username],
    })
    channelId = created.channelId
  })
  afterAll(async () => {
    await ann.close()
    await ben.close()
  })

  it('clients are sent to the front door', () => {
    expect(annsSession.socketUrl).toContain(process.env['ADVERTISED_PORT'] ?? '3001')
  })

  it('users on different chat servers see each other’s messages', async () => {
    const there = await ann.request({ type: 'chat_message', channelId, content: 'Is it warm?' })
    expect(await ben.event(channelId, there.seq)).toMatchObject({
      content: 'Is it warm?',
      senderId: ann.username,
    })
    const back = await ben.request({ type: 'chat_message', channelId, content: 'It is.' })
    expect(back.seq).toBe(there.seq + 1)
    expect(await ann.event(channelId, back.seq)).toMatchObject({ content: 'It is.' })
  })

  it('a repeated message gets the same seq, also on another chat server', async () => {
    const message = { type: 'chat_message', channelId, content: 'Once.', clientSeq: 1 }
    const first = await ann.request(message)
    expect((await ann.request(message)).seq).toBe(first.seq)
    await ann.close()
    const elsewhere = await connectedElsewhere(annsSession, [servers[0] ?? ''], { session })
    ann = elsewhere.client
    const again = await ann.request(message)
    expect(again.code ?? again.seq).toBe(first.seq)
  })

  it('a client can connect to a third chat server after it was added', async () => {
    await scaleTo({ 'chat-server': 3 })
    const cid = await register(url, newName('cid'))
    const third = await eventually('a socket on the third', () => connectedElsewhere(cid, servers))
    await third.client.close()
    expect(servers).not.toContain(third.serverId)
  })
})

describe('a conversation', () => {
  let room: Room

  beforeAll(async () => {
    room = await Room.open()
  })
  afterAll(() => room.close())

  it('a conversation goes on while services are scaled up', async () => {
    const counts = { api: 2, 'chat-server': 3, dispatcher: 2, presence: 2 }
    const last = await room.sayWhile('scaled', scaleTo(counts))
    expect(await room.seen(last)).toBe('scaled: done')
    for (const [service, count] of Object.entries(counts))
      expect(await containers(service)).toHaveLength(count)
  })

  it('channels are shared between both dispatchers', async () => {
    const dan = await BareClient.connect(await register(url, newName('dan')))
    for (let i = 0; i < 24; i += 1)
      await dan.request({ type: 'create_channel', name: `Room ${i}`, kind: 'group' })
    await dan.close()
    const script = `fetch('http://127.0.0.1:3002/metrics').then((answer) => answer.text())
      .then((text) => console.log(/^rookery_dispatcher_records_total\\S* [1-9]/m.test(text)))`
    const dispatchers = await containers('dispatcher')
    const folded = dispatchers.map(({ ID }) => docker('exec', ID, 'node', '-e', script))
    expect(await Promise.all(folded)).toEqual(['true', 'true'])
  })

  it('either api answers while the other one is paused', async () => {
    for (const { ID: id } of await containers('api')) {
      await docker('pause', id)
      expect(await eventually('an answer of the other', answered)).toBe(true)
      await docker('unpause', id)
    }
  })

  it.each(['api', 'chat-server', 'dispatcher', 'presence'])(
    'a conversation goes on while one %s dies and is restarted',
    async (service) => {
      const [{ ID: id } = { ID: '' }] = await containers(service)
      const before = await restarts(id)
      await crash(id)
      const last = await room.sayWhile(`${service} died`, comeBack(id, before))
      expect(await room.seen(last)).toBe(`${service} died: done`)
      expect(await eventually('an answer', answered)).toBe(true)
    },
  )

  it('a conversation goes on while two of three chat servers are killed', async () => {
    const victims = (await containers('chat-server')).slice(0, 2)
    const saying = room.say(...texts('killed', 10))
    await docker('kill', ...victims.map(({ ID }) => ID))
    expect(await room.seen(await saying)).toBe('killed 10')
  })

  it('a conversation goes on while a chat server stops in order', async () => {
    await scaleTo({ 'chat-server': 3 })
    const [leaving] = await containers('chat-server')
    const id = leaving?.ID ?? ''
    const saying = room.say(...texts('drained', 10))
    await docker('stop', id)
    expect(await room.seen(await saying)).toBe('drained 10')
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0')
  })

  it('a conversation waits for a dispatcher that dies and is restarted', async () => {
    const [{ ID: id } = { ID: '' }] = await containers('dispatcher')
    const before = await restarts(id)
    await room.say('before the crash')
    await crash(id)
    const last = await room.say(...texts('without a dispatcher', 5))
    expect(await room.seen(last)).toBe('without a dispatcher 5')
    expect(await restarts(id)).toBeGreaterThan(before)
  })

  it.each(['dispatcher', 'redis', 'kafka'])(
    'a conversation goes on over a restart of %s',
    async (service) => {
      const last = await room.sayWhile(service, restart(service))
      expect(await room.seen(last)).toBe(`${service}: done`)
    },
  )

  it('a conversation goes on after the engines’ containers are recreated', async () => {
    const engines = ['cassandra', 'kafka', 'mysql', 'zookeeper']
    const last = await room.sayWhile('recreated', recreate(...engines))
    expect(await room.seen(last)).toBe('recreated: done')
  }, 240_000)

  it('every acknowledged message was shown once and in order, and is in the history', async () => {
    const acknowledged = room.sent.map(({ seq }) => seq)
    expect(acknowledged.length).toBeGreaterThan(30)
    expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b))
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    expect(room.shown.map(({ seq }) => seq)).toEqual(acknowledged)
    expect(await room.history()).toMatchObject(room.shown)
  })
})

describe('a worker that knows only ZooKeeper and Kafka', () => {
  it('a worker enrolls, and writes to a user who is online in the tree', async () => {
    const name = newName('walt')
    const session = await register(url, newName('ida'))
    const ida = await BareClient.connect(session)
    const script = `(async () => {
      const { openZooKeeperKafkaBridge } = await import('@rookery/bridge/zookeeper-kafka')
      const [worker, user] = ['${name}', '${ida.username}']
      const bridge = await openZooKeeperKafkaBridge({ connect: 'zookeeper:2181', brokers: ['kafka:9092'] })
      const answer = await bridge.ask('enroll', worker, 10000)
      await new Promise((resolve) => bridge.watchOnline((ids) => ids.has(user) && resolve()))
      const origin = { epoch: 1, channelId: 'c', seq: 1 }
      await bridge.write(user, { sender: worker, text: 'from far away', origin })
      await bridge.close()
      console.log(answer)
    })()`
    expect(await inside('presence', script)).toBe('done')
    const message = await ida.next((frame) => frame.type === 'chat_message', 20_000)
    expect(message).toMatchObject({ senderId: name, content: 'from far away' })
    await ida.close()
  })
})

/** True if a REST call through the front door is answered. */
const answered = async (): Promise<true | undefined> => {
  const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })
  return answer.status === 200 || undefined
}

const services = [
  'api',
  'cassandra',
  'chat-server',
  'chat-server',
  'dispatcher',
  'front-door',
  'kafka',
  'mysql',
  'presence',
  'redis',
  'zookeeper',
]
const metricsStatus =
  "fetch('http://127.0.0.1:3000/metrics').then(({ status }) => console.log(status))"
