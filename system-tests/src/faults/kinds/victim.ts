import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, ServiceKind, ServiceProcess } from '@rookery/cluster'
import type { EngineName, Engines } from '@rookery/engines'
import type { FaultWorld } from '../fault.ts'

const readyMs = 60_000
/** The time in which clients find the new process. */
const settleMs = 3_000

export interface Victim {
  service: ServiceProcess
  /** Replaces it by the process with the usual settings. */
  restore: () => Promise<void>
}

/**
 * Starts a process of a kind with other settings. It takes the place of another process, and gets
 * its clients and partitions: a process that was only restarted would have none. An api keeps its
 * place, because its clients know its address.
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

/** The process that a fault hits. */
export async function oneOf(
  { cluster, pick }: FaultWorld,
  kind: ServiceKind,
): Promise<ServiceProcess> {
  return kind === 'chat-server' ? busiest(cluster) : pick(cluster.of(kind))
}

/**
 * The chat server with the most sockets. Earlier faults may have left all sockets on one server,
 * and a fault of the other server would harm no user.
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
    throw new Error(`no chat server reports its number of sockets: ${counts.join()}`)
  return found
}

export function enginesOf({ engines }: Cluster): Engines<EngineName> {
  if (engines === null)
    throw new Error(
      'the cluster runs on engines that it did not start, so faults cannot touch them',
    )
  return engines
}

export function setting(cluster: Cluster, name: string): string {
  const value = cluster.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}
