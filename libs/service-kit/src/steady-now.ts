/**
 * A clock for durations: whole milliseconds since 1970, which never jump. It starts with the system
 * clock at the start of this process. `Date.now()` jumps when an operator or NTP sets the clock:
 * then all time-outs end together, or none ends for hours. Times that people or other processes
 * read still come from `Date`.
 */
export function steadyNow(): number {
  return Math.floor(performance.timeOrigin + performance.now())
}
