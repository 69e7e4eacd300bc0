import { needPeople } from './command.ts'
import type { Command } from './command.ts'

export const unwatch: Command = {
  name: 'unwatch',
  usage: '<username> …',
  summary: 'no longer watch them',
  completes: ['user'],
  async run(line, session) {
    const usernames = needPeople(unwatch, line)
    await session.client.unwatch(usernames)
    const text = `not watching ${usernames.join(', ')}`
    session.report({ type: 'done', command: 'unwatch', text })
  },
}
