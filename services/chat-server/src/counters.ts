import type { Metrics } from '@rookery/service-kit'

export interface Counter {
  inc(by?: number): void
}

export interface ChatCounters {
  /** Event frames that were put into the queues of sockets. */
  deliveries: Counter
  /** Sockets that fell behind. */
  lagged: Counter
  /** Ranges that were read because a push was missed. */
  repairs: Counter
  /** Requests that were refused, with any code. */
  refusals: Counter
  /** Sockets that were refused before their first frame. */
  unwelcome: { inc(labels: { reason: string }): void }
  /** Sockets that were cut because they sent too much. */
  floods: Counter
}

export function chatCounters(metrics: Pick<Metrics, 'counter'>): ChatCounters {
  return {
    deliveries: metrics.counter('rookery_chat_deliveries_total', 'Events shown to sockets'),
    lagged: metrics.counter('rookery_chat_lagged_total', 'Sockets that fell behind'),
    repairs: metrics.counter('rookery_chat_repairs_total', 'Ranges fetched after a missed push'),
    refusals: metrics.counter('rookery_chat_refusals_total', 'Requests refused'),
    unwelcome: metrics.counter(
      'rookery_chat_unwelcome_total',
      'Sockets refused before their first frame',
      ['reason'],
    ),
    floods: metrics.counter('rookery_chat_floods_total', 'Sockets cut for sending too much'),
  }
}
