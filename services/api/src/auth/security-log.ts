import type { Logger, Metrics } from '@rookery/service-kit'

/**
 * What happens at the doors: each is a line at level `info` (refusals `warn`) with `event`, and a
 * count in the metrics.
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
  /** Which limit, which act. */
  readonly what?: string
  readonly on?: string
}

/** These can mean an attack, and are worth an operator's look. */
const notable: ReadonlySet<SecurityEvent> = new Set([
  'refresh_reused',
  'admin_refused',
  'admin_act',
])

/**
 * The trail of log-ins and refusals. Names and addresses only: never a password, a token or a text.
 */
export class SecurityLog {
  readonly #logger: Logger
  readonly #events: { inc(labels: { event: string }): void }

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger
    this.#events = metrics.counter('rookery_security_events_total', 'What happened at the doors.', [
      'event',
    ])
  }

  record(event: SecurityEvent, facts: SecurityFacts): void {
    this.#events.inc({ event })
    this.#logger[notable.has(event) ? 'warn' : 'info']({ event, ...facts }, 'security')
  }
}
