// Measures the cost of bridging many users: `node benchmarks/inboxes.mjs [users]`, with
// ZOOKEEPER_CONNECT and KAFKA_BROKERS set. It leaves its topics, so run it against throw-away
// engines: `node tools/engines/dist/main.js kafka zookeeper`.
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import { setTimeout as sleep } from 'node:timers/promises'

const say = (line) => process.stdout.write(`${line}\n`)
const count = Number(process.argv[2] ?? 1000)
const { ZOOKEEPER_CONNECT: connect, KAFKA_BROKERS: brokers } = process.env
const name = `bench${Date.now().toString(36)}`
const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`)
const bridge = await openZooKeeperKafkaBridge({ connect, brokers: [brokers], root: `/${name}` })
await bridge.prepare()

const timed = async (what, work, times = count) => {
  const startedMs = performance.now()
  await work()
  const tookMs = performance.now() - startedMs
  say(`${what}: ${tookMs.toFixed(0)} ms, ${(tookMs / times).toFixed(2)} ms each`)
}
const cpuOf = async (what, ms) => {
  const before = process.cpuUsage()
  await sleep(ms)
  const { user, system } = process.cpuUsage(before)
  say(`${what}: ${((user + system) / 10 / ms).toFixed(1)} % of a core`)
}

say(`${count} users`)
await timed('one inbox alone', () => bridge.createInboxes([`${name}-alone`]), 1)
await timed('inboxes', () => bridge.createInboxes(ids))
await timed('registrations written one after another', async () => {
  for (const id of ids) await bridge.registerAccount(id)
})
await timed('registrations read', () => bridge.registrations(ids))
await timed('shown online', () => bridge.showOnline(ids))
await cpuOf('idle, showing all', 5_000)

const arrivals = new Map()
const follower = bridge.follow(async ({ inbox, offset }) => arrivals.get(`${inbox}/${offset}`)?.())
follower.setInboxes(new Set(ids))
await sleep(2_000)
await cpuOf('idle, following all', 10_000)
const latencies = []
for (let n = 0; n < 200; n += 1) {
  const inbox = ids[(n * 7919) % count]
  const offset = Math.floor(n / count)
  const arrived = new Promise((resolve) => arrivals.set(`${inbox}/${offset}`, resolve))
  const startedMs = performance.now()
  await bridge.write(inbox, {
    sender: 'bench',
    text: 'hello',
    origin: { epoch: 1, channelId: 'c', seq: n + 1 },
  })
  await Promise.race([arrived, sleep(5_000)])
  latencies.push(performance.now() - startedMs)
}
latencies.sort((a, b) => a - b)
const at = (share) => latencies[Math.floor(latencies.length * share)].toFixed(1)
say(`written until handed over: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
say(`resident: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`)
await follower.close()
await bridge.close()
process.exit(0)
