import { useEffect, useRef, useState } from 'preact/hooks'

const tickMs = 1_000

/**
 * Calls `run` at once and then every `everyMs`, never twice at a time. It counts by the clock, not
 * by ticks: browsers let the timers of a hidden page tick once a minute.
 */
export function useRepeated(
  run: () => Promise<void>,
  everyMs: number,
): { secondsLeft: number; isRunning: boolean; runNow: () => void } {
  const latest = useRef(run)
  latest.current = run
  const nextAtMs = useRef(performance.now())
  const runs = useRef(false)
  const [, redraw] = useState({})
  const runNow = async (): Promise<void> => {
    if (runs.current) return
    runs.current = true
    redraw({})
    await latest.current()
    runs.current = false
    nextAtMs.current = performance.now() + everyMs
    redraw({})
  }
  useEffect(() => {
    const tick = (): void => {
      if (performance.now() >= nextAtMs.current) void runNow()
      else redraw({})
    }
    tick()
    const timer = setInterval(tick, Math.min(tickMs, everyMs))
    return () => clearInterval(timer)
  }, [])
  const leftMs = Math.max(0, nextAtMs.current - performance.now())
  return {
    secondsLeft: Math.ceil(leftMs / 1_000),
    isRunning: runs.current,
    runNow: () => void runNow(),
  }
}
