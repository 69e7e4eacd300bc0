import { envDurationMs } from '@rookery/service-kit'
import type { z } from 'zod'

export interface PresenceConfig {
  graceMs: number
}

/** The presence service's settings, to be spread into those of the process that it runs in. */
export const presenceVariables: PresenceVariables = {
  // Offline is promised within 15 s, and it may take 5 until a lost socket is reported.
  PRESENCE_GRACE: envDurationMs(0, 10_000)
    .prefault('4s')
    .meta({ description: 'how long a user whose connection ended is still shown as before' }),
}

interface PresenceVariables {
  readonly PRESENCE_GRACE: z.ZodPrefault<z.ZodType<number, string>>
}
export type PresenceSettings = { PRESENCE_GRACE: number }

export function toPresenceConfig(settings: PresenceSettings): PresenceConfig {
  return { graceMs: settings.PRESENCE_GRACE }
}
