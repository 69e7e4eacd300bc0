import type { MessageLog } from '@rookery/log'

/** Tells a client that what it cached is of another life of the log. */
export function wireEpoch(log: Pick<MessageLog, 'epoch'>): string {
  return `${log.epoch.installId}-${log.epoch.number}`
}
