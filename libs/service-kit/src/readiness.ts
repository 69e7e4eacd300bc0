import { withTimeout } from './with-timeout.ts'

/**
 * A check for each dependency. The dependency is ready if the check returns true or resolves. It is
 * not ready if the check returns false, throws, rejects or is too slow.
 */
export type Readiness = ReadonlyMap<string, () => Promise<void> | boolean>

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready'
  readonly dependencies: Readonly<Record<string, { ok: boolean; error?: string }>>
}

/**
 * Runs all checks concurrently. `error` is a code, never a message, because a message could reveal
 * host names to a stranger.
 */
export async function checkReadiness(
  readiness: Readiness,
  timeoutMs: number,
): Promise<ReadinessReport> {
  const results = await Promise.all(
    [...readiness].map(
      async ([name, check]) => [name, await checkOne(name, check, timeoutMs)] as const,
    ),
  )
  const status = results.every(([, result]) => result.ok) ? 'ready' : 'not_ready'
  return { status, dependencies: Object.fromEntries(results) }
}

async function checkOne(
  name: string,
  check: () => Promise<void> | boolean,
  timeoutMs: number,
): Promise<{ ok: boolean; error?: string }> {
  try {
    const outcome = check()
    if (outcome === false) return { ok: false, error: 'not_ready' }
    if (outcome !== true) await withTimeout(outcome, timeoutMs, name)
    return { ok: true }
  } catch (error) {
    return { ok: false, error: codeOf(error) }
  }
}

function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error
  return hasCode && typeof error.code === 'string' ? error.code : 'failed'
}
