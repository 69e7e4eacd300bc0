import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, ServiceKind, ServiceProcess } from '@rookery/cluster'
import type { EngineName, Engines } from '@rookery/engines'
import type { FaultWorld } from '../fault.ts'

const readyMs = 60_000
/** In which clients find the new one. */
const settleMs = 3_000

export interface Victim {
  service: ServiceProcess
  /** Brings the one with usual settings back. */
  restore: () => Promise<void>
}

/**
 * One of a kind, with other settings. It takes the place of another one, whose clients and
 * partitions it gets: one that was only started anew would have none. (An api stays where it is:
 * its clients know its address.)
 */
export async function victimOf(
  { cluster, pick }: FaultWorld,
  kind: ServiceKind,
  env: Readonly<Record<string, string>>,
): Promise<Victim> {
  const usual = await oneOf({ cluster, pick }, kind)
  const comeBack = async (): Promise<void> => {
    usual.start()
    await usual.ready(readyMs)
  }
  if (kind === 'api') {
    await usual.stop()
    usual.start(env)
    await usual.ready(readyMs)
    const restore = async (): Promise<void> => {
      await usual.stop()
      await comeBack()
    }
    return { service: usual, restore }
  }
  const service = await cluster.add(kind, env)
  await usual.stop()
  await delay(settleMs)
  const restore = async (): Promise<void> => {
    await comeBack()
    await cluster.remove(service)
  }
  return { service, restore }
}

/** The one that a fault happens to. */
export async function oneOf(
  { cluster, pick }: FaultWorld,
  kind: ServiceKind,
): Promise<ServiceProcess> {
  return kind === 'chat-server' ? busiest(cluster) : pick(cluster.of(kind))
}

/**
 * The chat server with the most sockets. Faults before may have left all of them on one, and what
 * happens to the other would harm nobody.
 */
async function busiest(cluster: Cluster): Promise<ServiceProcess> {
  const servers = cluster.of('chat-server')
  const counts = await Promise.all(
    servers.map(async ({ port }) => {
      const page = await fetch(`http://127.0.0.1:${port}/metrics`)
      return Number(/^rookery_chat_sockets\S* (\d+)$/m.exec(await page.text())?.[1])
    }),
  )
  const found = servers[counts.indexOf(Math.max(...counts))]
  if (found === undefined)
    throw new Error(`no chat server says how many sockets it has: ${counts.join()}`)
  return found
}

export function enginesOf({ engines }: Cluster): Engines<EngineName> {
  if (engines === null) throw new Error('the engines of this cluster are not its own')
  return engines
}

export function setting(cluster: Cluster, name: string): string {
  const value = cluster.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}
