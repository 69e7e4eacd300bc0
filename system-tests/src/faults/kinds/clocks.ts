import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceKind } from '@rookery/cluster'
import type { Fault } from '../fault.ts'
import { victimOf } from './victim.ts'

const wrongMs = 20_000
const hourMs = 3_600_000

/** The clock of one process is set wrong while it runs, and later set right. */
export function clockSet(kind: ServiceKind, hours: number): Fault {
  return {
    name: `${kind}: clock ${hours > 0 ? '+' : ''}${hours} h for ${wrongMs / 1000} s`,
    boundMs: 10_000,
    measuredFrom: 'apply',
    holdMs: wrongMs,
    apply: async (world) => {
      const folder = mkdtempSync(join(tmpdir(), 'rookery-clock-'))
      const file = join(folder, 'shift')
      const preload = new URL('../clock.js', import.meta.url).href
      const { service, restore } = await victimOf(world, kind, {
        NODE_OPTIONS: `--import=${preload}`,
        ROOKERY_TEST_CLOCK_FILE: file,
      })
      const set = (shiftMs: number): void => {
        writeFileSync(file, String(shiftMs))
        service.signal('SIGUSR2')
      }
      set(hours * hourMs)
      return async () => {
        set(0)
        // Lets users see that the process works on with the right clock before it is replaced.
        await delay(2_000)
        await restore()
        rmSync(folder, { recursive: true })
      }
    },
  }
}
