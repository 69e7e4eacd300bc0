import type { Cluster, ServiceProcess } from '@rookery/cluster'
import type { EngineName, Engines } from '@rookery/engines'

const readyMs = 60_000

/** Starts a service anew with other settings. @returns gives it its own ones back */
export async function changed(
  service: ServiceProcess,
  env: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  await service.stop()
  service.start(env)
  await service.ready(readyMs)
  return async () => {
    await service.stop()
    service.start()
    await service.ready(readyMs)
  }
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
