import { usernameOf } from '../labels.ts'
import type { ChatSession } from '../chat-session.ts'

/**
 * The direct channel with this person, created if it is missing. It is never a room of that name.
 */
export async function directWith(person: string, session: ChatSession): Promise<string> {
  const username = usernameOf(person).toLowerCase()
  const known = session.find({ kind: 'direct', username })
  return known ?? session.client.createChannel({ participants: [username] })
}
