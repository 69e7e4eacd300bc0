import { setTimeout as delay } from 'node:timers/promises'
import type { Peer, PeerClient } from './peer.ts'
import { cpuOf, residentOf } from './processes.ts'

/** The figures of one peer in one round. Times in ms, CPU in µs. */
export interface Figures {
  cpuPerSocket: number
  bytesPerSocket: number
  cpuPerJoin: number
  /** At the steady rate: from send to shown, and the CPU of one delivery. */
  p50: number
  p99: number
  cpuPerDelivery: number
  /** The highest rate in messages a second with a p99 of at most 250 ms and no loss. */
  mostMessages: number
  /** Until every socket of the storm is ready again. */
  stormMs: number
}

export interface Plan {
  users: number
  rate: number
  seconds: number
  /** Sockets that come back at the same time; 0 skips the storm. */
  storm: number
}

const membersPerRoom = 10
const openedAtOnce = 64
const warmUpSeconds = 3
const firstRate = 1_000
const rateStep = Math.SQRT2
const maxP99Ms = 250
const rampSeconds = 3
const drainMs = 4_000

export async function measure(peer: Peer, plan: Plan): Promise<Figures> {
  const residentBefore = residentOf(peer.pids)
  const { clients, cpuPerSocket } = await openAll(peer, plan.users)
  const bytesPerSocket = (residentOf(peer.pids) - residentBefore) / plan.users
  const cpuPerJoin = await joinAll(peer, clients)
  await delay(500)
  await load(peer, clients, plan.rate, warmUpSeconds)
  const steady = await load(peer, clients, plan.rate, plan.seconds)
  if (steady.lost > 0) throw new Error(`${peer.name} lost ${steady.lost} deliveries`)
  const mostMessages = await ramp(peer, clients)
  for (const client of clients) client.close()
  const stormMs = plan.storm === 0 ? 0 : await storm(peer, plan.storm)
  const { p50, p99, cpuPerDelivery } = steady
  return {
    cpuPerSocket,
    bytesPerSocket,
    cpuPerJoin,
    p50,
    p99,
    cpuPerDelivery,
    mostMessages,
    stormMs,
  }
}

async function openAll(
  peer: Peer,
  count: number,
): Promise<{ clients: PeerClient[]; cpuPerSocket: number }> {
  const before = cpuOf(peer.pids)
  const clients: PeerClient[] = []
  for (let i = 0; i < count; i += openedAtOnce) {
    const some = Array.from({ length: Math.min(openedAtOnce, count - i) }, (_, k) =>
      peer.open(i + k),
    )
    clients.push(...(await Promise.all(some)))
  }
  return { clients, cpuPerSocket: micros(cpuOf(peer.pids) - before) / count }
}

async function joinAll(peer: Peer, clients: readonly PeerClient[]): Promise<number> {
  const before = cpuOf(peer.pids)
  for (let i = 0; i < clients.length; i += openedAtOnce)
    await Promise.all(
      clients
        .slice(i, i + openedAtOnce)
        .map((client, k) => client.join(`room ${Math.floor((i + k) / membersPerRoom)}`)),
    )
  return micros(cpuOf(peer.pids) - before) / clients.length
}

interface Loaded {
  p50: number
  p99: number
  cpuPerDelivery: number
  lost: number
}

/** Sends at a steady rate from clients at random, and waits for the deliveries. */
async function load(
  peer: Peer,
  clients: readonly PeerClient[],
  rate: number,
  seconds: number,
): Promise<Loaded> {
  const times: number[] = []
  const run = Math.random().toString(36).slice(2, 8)
  for (const client of clients)
    client.onText = (text) => {
      const [of, sentAt] = text.split(' ')
      if (of === run) times.push(performance.now() - Number(sentAt))
    }
  const cpuBefore = cpuOf(peer.pids)
  const began = performance.now()
  const total = rate * seconds
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.ceil(((performance.now() - began) * rate) / 1_000))
    for (; sent < due; sent += 1) {
      const client = clients[Math.floor(Math.random() * clients.length)]
      client?.send(`${run} ${performance.now()} ${'x'.repeat(80)}`)
    }
    await delay(1)
  }
  const expected = total * membersPerRoom
  for (const end = performance.now() + drainMs; times.length < expected;) {
    if (performance.now() > end) break
    await delay(5)
  }
  const cpu = micros(cpuOf(peer.pids) - cpuBefore)
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? Infinity
  return {
    p50: at(0.5),
    p99: at(0.99),
    cpuPerDelivery: cpu / Math.max(1, times.length),
    lost: expected - times.length,
  }
}

async function ramp(peer: Peer, clients: readonly PeerClient[]): Promise<number> {
  let most = 0
  for (let rate = firstRate; ; rate = Math.round(rate * rateStep)) {
    const { p99, lost } = await load(peer, clients, rate, rampSeconds)
    if (lost > 0 || p99 > maxP99Ms) return most
    most = rate
    await delay(500)
  }
}

/** All sockets are cut, and all come back in the same moment. */
async function storm(peer: Peer, count: number): Promise<number> {
  await delay(1_000)
  const began = performance.now()
  const clients = await Promise.all(Array.from({ length: count }, (_, n) => peer.open(n)))
  const tookMs = performance.now() - began
  for (const client of clients) client.close()
  return tookMs
}

function micros(seconds: number): number {
  return seconds * 1e6
}
