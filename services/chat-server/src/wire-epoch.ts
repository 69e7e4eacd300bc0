import type { MessageLog } from '@rookery/log'

/**
 * Names the life of the log that events are from, such as `k3x9-2`. A client that has cached events
 * under another name drops them.
 */
export function wireEpoch(log: Pick<MessageLog, 'epoch'>): string {
  return `${log.epoch.installId}-${log.epoch.number}`
}
