import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCluster, type Cluster } from '@rookery/cluster'
import { BareClient } from '../bare-client.ts'
import { logIn, register, newName } from '../rest.ts'
import { countsOf, violationsIn, type ChannelFound, type Found } from './checker.ts'
import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { History } from './history.ts'
import { Random } from './random.ts'
import { readEngines } from './readings.ts'
import { SimulatedUser } from './users.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    users: { type: 'string', default: '8' },
    every: { type: 'string', default: '250' },
    verbose: { type: 'boolean', default: false },
  },
})
const chosen = faults.filter(
  (fault) => values.only === undefined || new RegExp(values.only).test(fault.name),
)
const settleMs = 2_000
/** For a small machine that does other things, too. */
const slack = 3
const random = new Random(1)
const resolveWithinMs = 45_000
/** A missed push is repaired within 10 s. */
const joinShownMs = 10_000

const folder = mkdtempSync(join(tmpdir(), 'rookery-faults-'))
const many = '100000'
const cluster = await startCluster({
  folder,
  apis: 2,
  chatServers: 2,
  dispatchers: 2,
  presence: 2,
  apiPort: 0,
  chatPort: 0,
  env: {
    PATH: process.env['PATH'],
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    RATE_LIMIT_REGISTER: '100000/1m',
    RATE_LIMIT_MESSAGES_PER_SECOND: many,
    RATE_LIMIT_MESSAGE_BURST: many,
    ACCESS_TOKEN_TTL: '15m',
    KAFKA_PARTITIONS: '12',
    LOG_LEVEL: values.verbose ? 'warn' : 'fatal',
  },
  onLine: (name, line) => {
    if (values.verbose || name === 'engines') process.stdout.write(`${name.padEnd(14)} ${line}\n`)
  },
})
let passed = 0
let failed = 0
try {
  await run(cluster)
} catch (error) {
  failed += 1
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

async function run(running: Cluster): Promise<void> {
  // The second api is the one that stays: the first may be the fault.
  const apis = running.of('api')
  const url = `http://127.0.0.1:${apis.at(-1)?.port ?? 0}`
  const history = new History()
  const users: SimulatedUser[] = []
  for (let i = 0; i < Number(values.users); i += 1)
    users.push(await SimulatedUser.register(newName(`f${i}`), url, history))
  const channels = await makeChannels(users)
  for (const user of users) user.talk(channels, Number(values.every))
  await delay(settleMs)
  for (const fault of chosen) report(fault, await inflict(fault, running, users, channels))
  for (const user of users) user.silence()
  const unresolved = await resolved(users)
  if (unresolved > 0)
    note(false, `${unresolved} sends have no answer after ${resolveWithinMs / 1000} s`)
  const found = await readAll(running, url, channels, users)
  const violations = violationsIn(history, found)
  for (const violation of violations.slice(0, 20)) process.stdout.write(`    ${violation}\n`)
  const { sent, acked, refused, shown } = countsOf(history)
  note(
    violations.length === 0,
    `${sent} sent, ${acked} acked, ${refused} refused, ${shown} shown: ${violations.length} promises broken`,
  )
  for (const user of users) user.close()
}

async function makeChannels(users: readonly SimulatedUser[]): Promise<string[]> {
  const [owner] = users
  const channels: string[] = []
  for (let i = 0; i < 3; i += 1) {
    const participants = users.slice(1).map((user) => user.name)
    const made = await owner?.client.createChannel({
      name: `faults ${i}`,
      kind: 'group',
      participants,
    })
    if (made !== undefined) channels.push(made)
  }
  return channels
}

/** @returns ms until everyone's sends were acknowledged again; null if that took too long */
async function inflict(
  fault: Fault,
  running: Cluster,
  users: readonly SimulatedUser[],
  channels: readonly string[],
): Promise<number | null> {
  const pick = <T>(from: readonly T[]): T => random.pick(from)
  const heal = await fault.apply({ cluster: running, pick })
  const early = fault.measuredFrom === 'apply' ? recovery(fault, users, channels) : null
  await delay(fault.holdMs)
  await heal()
  const recovered = await (early ?? recovery(fault, users, channels))
  await Promise.all(running.services.map((service) => service.ready(60_000)))
  await delay(settleMs)
  return recovered
}

async function recovery(
  fault: Fault,
  users: readonly SimulatedUser[],
  channels: readonly string[],
): Promise<number | null> {
  const from = performance.now()
  const [channelId = ''] = channels
  const all = Promise.all(users.map((user) => user.say(channelId)))
  const late = delay(slack * fault.boundMs).then(() => null)
  return Promise.race([all.then(() => performance.now() - from), late])
}

function report({ name, boundMs }: Fault, recoveredMs: number | null): void {
  const said =
    recoveredMs === null
      ? `not within ${(slack * boundMs) / 1000} s`
      : `${(recoveredMs / 1000).toFixed(1)} s`
  note(recoveredMs !== null, `${name}: sends acknowledged again after ${said}`)
}

function note(good: boolean, line: string): void {
  if (good) passed += 1
  else failed += 1
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'} ${line}\n`)
}

async function resolved(users: readonly SimulatedUser[]): Promise<number> {
  const waiting = (): number => users.reduce((sum, user) => sum + user.waiting, 0)
  for (let waited = 0; waiting() > 0 && waited < resolveWithinMs; waited += 200) await delay(200)
  return waiting()
}

/** Every channel through two sockets of a member, from the rows, and from the log. */
async function readAll(
  running: Cluster,
  url: string,
  channelIds: readonly string[],
  users: readonly SimulatedUser[],
): Promise<ChannelFound[]> {
  const reader = await register(url, newName('reader'))
  for (const channelId of channelIds)
    await users[0]?.client.addParticipants(channelId, [reader.username])
  // Its joining is the last thing that happens: everyone must be shown that, too.
  await delay(joinShownMs)
  const { stored, refolded } = await readEngines(running.env, channelIds)
  const [one, two] = [
    await BareClient.connect(reader, { deviceId: 'one' }),
    await BareClient.connect(await logIn(url, reader.username).catch(() => reader), {
      deviceId: 'two',
    }),
  ]
  const found: ChannelFound[] = []
  for (const channelId of channelIds) {
    found.push({
      channelId,
      members: users.map((user) => user.name),
      readings: [
        { by: 'the stored rows', events: stored.get(channelId) ?? [] },
        { by: 'the folded log', events: refolded.get(channelId) ?? [] },
        { by: 'one socket', events: await synced(one, channelId) },
        { by: 'another socket', events: await synced(two, channelId) },
      ],
    })
  }
  one.terminate()
  two.terminate()
  return found
}

async function synced(client: BareClient, channelId: string): Promise<Found[]> {
  const events: Found[] = []
  for (let more = true; more;) {
    const page = await client.sync(channelId, events.at(-1)?.seq ?? 0)
    for (const event of page.events)
      events.push({
        seq: event.seq,
        text: event.type === 'chat_message' ? (event.content ?? '') : null,
      })
    ;({ more } = page)
  }
  return events
}
