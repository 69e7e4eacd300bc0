import { envDurationMs } from '@rookery/service-kit'
import type { z } from 'zod'

export interface PresenceConfig {
  graceMs: number
}

/** The settings of the presence service. The process that it runs in spreads them into its own. */
export const presenceVariables: PresenceVariables = {
  // At most 10 s: offline is promised within 15 s, and the report of a lost socket can take 5 s.
  PRESENCE_GRACE: envDurationMs(0, 10_000).prefault('4s').meta({
    description:
      'How long a user whose last connection has ended is still shown as before; at most 10s.',
  }),
}

interface PresenceVariables {
  readonly PRESENCE_GRACE: z.ZodPrefault<z.ZodType<number, string>>
}
export type PresenceSettings = { PRESENCE_GRACE: number }

export function toPresenceConfig(settings: PresenceSettings): PresenceConfig {
  return { graceMs: settings.PRESENCE_GRACE }
}
