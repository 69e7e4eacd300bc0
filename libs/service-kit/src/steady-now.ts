/**
 * For measuring how long something took or is due: milliseconds since 1970 by the clock as it was
 * when this process began, whole, and never set since. `Date.now()` jumps when an operator or NTP
 * sets the clock; then everything seems to have timed out at once, or nothing does for hours. What
 * others are to read as a time of day still comes from `Date`.
 */
export function steadyNow(): number {
  return Math.floor(performance.timeOrigin + performance.now())
}
