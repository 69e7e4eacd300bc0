/** A named consumer of a channel, as this browser keeps it for a user. */
export interface Subscription {
  readonly channelId: string
  readonly title: string
  readonly name: string
  /** It commits what it has fetched. Otherwise the user commits by hand. */
  readonly commits: boolean
}

const maxKept = 20

export function readSubscriptions(username: string): readonly Subscription[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(username)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isSubscription).slice(0, maxKept) : []
  } catch {
    return []
  }
}

export function keepSubscriptions(username: string, all: readonly Subscription[]): void {
  try {
    localStorage.setItem(keyOf(username), JSON.stringify(all.slice(0, maxKept)))
  } catch {
    // The browser keeps nothing: after a reload the consumers must be chosen again.
  }
}

function keyOf(username: string): string {
  return `rookery-consumers ${username}`
}

function isSubscription(value: unknown): value is Subscription {
  if (typeof value !== 'object' || value === null) return false
  const { channelId, title, name, commits } = value as Partial<Record<string, unknown>>
  return (
    [channelId, title, name].every((text) => typeof text === 'string') &&
    typeof commits === 'boolean'
  )
}
