/** Two usernames are the same when this is equal: `a.b` and `a_b` may not both exist (Kafka cannot hold topics for both). */
export function usernameKey(username: string): string {
  return username.toLowerCase().replaceAll('.', '_')
}

/** Never given to anybody. */
export const reservedUsernames: ReadonlySet<string> = new Set(['inbox', 'system'])
