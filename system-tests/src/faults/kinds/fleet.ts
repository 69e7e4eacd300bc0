import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceProcess } from '@rookery/cluster'
import type { Fault } from '../fault.ts'

const everyMs = 10_000
const rounds = 2
const readyMs = 60_000

/** Partitions move again and again: one dispatcher, four, one, four … */
export function dispatchersComeAndGo(): Fault {
  return {
    name: 'one and four dispatchers in turn, every 10 s',
    boundMs: 3_000,
    measuredFrom: 'heal',
    holdMs: 0,
    apply: async ({ cluster }) => {
      const had = cluster.of('dispatcher')
      const added: ServiceProcess[] = []
      while (had.length + added.length < 4) added.push(await cluster.add('dispatcher'))
      const [, ...others] = cluster.of('dispatcher')
      for (let round = 0; round < rounds; round += 1) {
        await delay(everyMs)
        await Promise.all(others.map((one) => one.stop()))
        await delay(everyMs)
        for (const one of others) one.start()
        await Promise.all(others.map((one) => one.ready(readyMs)))
      }
      return async () => {
        for (const one of added) await cluster.remove(one)
      }
    },
  }
}

/** As when a new release is installed: each process restarts once the one before it is ready. */
export function rollingRestart(): Fault {
  return {
    name: 'rolling restart of every service',
    boundMs: 3_000,
    measuredFrom: 'heal',
    holdMs: 0,
    apply: async ({ cluster }) => {
      for (const service of cluster.services) {
        await service.stop()
        service.start()
        await service.ready(readyMs)
      }
      return async () => undefined
    },
  }
}
