import { fail } from './command.ts'
import type { Command } from './command.ts'

export const whois: Command = {
  name: 'whois',
  usage: '<username>',
  summary: 'who somebody is, and when last seen',
  completes: ['user'],
  async run({ words: [username] }, session) {
    if (username === undefined) fail(whois)
    const user = await session.client.rest('getUser', { params: { username } })
    session.report({ type: 'user', ...user })
  },
}
