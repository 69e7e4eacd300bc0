import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from './metrics.ts'
import { type Readiness, checkReadiness, type ReadinessReport } from './readiness.ts'

export type OpsHandler = (request: IncomingMessage, response: ServerResponse) => boolean

export interface OpsRoutesOptions {
  readonly readiness: Readiness
  readonly metrics: Metrics
  /** The time that one readiness check may take. Default 2 s. */
  readonly checkTimeoutMs?: number
}

/**
 * Answers `GET /health` (the process lives), `/ready` (200, or 503 with the missing dependencies)
 * and `/metrics` (Prometheus). For other requests the handler returns false and does nothing.
 */
export function opsRoutes({
  readiness,
  metrics,
  checkTimeoutMs = 2_000,
}: OpsRoutesOptions): OpsHandler {
  // Probes that come during a check share its result. So checks of a dependency that hangs never
  // pile up.
  let running: Promise<ReadinessReport> | null = null
  const ready = (): Promise<ReadinessReport> =>
    (running ??= checkReadiness(readiness, checkTimeoutMs).finally(() => (running = null)))

  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    '/health': () => Promise.resolve(json(200, { status: 'ok' })),
    '/ready': async () => {
      const report = await ready()
      return json(report.status === 'ready' ? 200 : 503, report)
    },
    '/metrics': async () => ({ status: 200, ...(await metrics.page()) }),
  }

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const [path = ''] = (request.url ?? '').split('?')
    const answer = answers[path]
    if (answer === undefined) return false
    const send = ({ status, contentType, body }: Answer): void => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    answer().then(send, () => send(json(500, { status: 'error' })))
    return true
  }
}

interface Answer {
  status: number
  contentType: string
  body: string
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) }
}
