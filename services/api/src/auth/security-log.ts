import type { Logger, Metrics } from '@rookery/service-kit'

/**
 * An event around log-ins and rights. Each is a log line with `event` at level `info`, or `warn` if
 * it is `notable`, and a count in the metrics.
 */
export type SecurityEvent =
  | 'registered'
  | 'logged_in'
  | 'logged_out'
  | 'password_wrong'
  | 'password_changed'
  | 'account_deleted'
  | 'refresh_refused'
  | 'refresh_reused'
  | 'token_refused'
  | 'admin_refused'
  | 'admin_act'
  | 'limited'

export interface SecurityFacts {
  readonly username?: string
  readonly address?: string
  /** The limit or the act. */
  readonly what?: string
  readonly on?: string
}

/** These can mean an attack: an operator should look at them. */
const notable: ReadonlySet<SecurityEvent> = new Set([
  'refresh_reused',
  'admin_refused',
  'admin_act',
])

/** Logs log-ins and refusals with names and addresses, never with a password, token or text. */
export class SecurityLog {
  readonly #logger: Logger
  readonly #events: { inc(labels: { event: string }): void }

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger
    this.#events = metrics.counter(
      'rookery_security_events_total',
      'Log-ins, refusals and acts of admins.',
      ['event'],
    )
  }

  record(event: SecurityEvent, facts: SecurityFacts): void {
    this.#events.inc({ event })
    this.#logger[notable.has(event) ? 'warn' : 'info']({ event, ...facts }, 'security')
  }
}
