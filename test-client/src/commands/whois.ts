import { usernameOf } from '../labels.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const whois: Command = {
  name: 'whois',
  usage: '<username>',
  summary: 'who somebody is, and when last seen',
  completes: ['user'],
  async run({ words: [person] }, session) {
    if (person === undefined) fail(whois)
    const user = await session.client.rest('getUser', { params: { username: usernameOf(person) } })
    session.report({ type: 'user', ...user })
  },
}
