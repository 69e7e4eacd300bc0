/** A time in the reader's zone: `12:03`, on another day `2026-11-30 12:03`. */
export function shownTime(time: string, now: Date = new Date()): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return '--:--'
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
  return dayOf(date) === dayOf(now) ? clock : `${dayOf(date)} ${clock}`
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
