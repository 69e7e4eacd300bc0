/**
 * For measuring durations: whole milliseconds since 1970 by the clock at the start of this process,
 * never set since. `Date.now()` jumps when an operator or NTP sets the clock. Then everything seems
 * to have timed out at once, or nothing does for hours. Times that people or other processes read
 * still come from `Date`.
 */
export function steadyNow(): number {
  return Math.floor(performance.timeOrigin + performance.now())
}
