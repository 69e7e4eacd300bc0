import { needPeople } from './command.ts'
import type { Command } from './command.ts'

export const watch: Command = {
  name: 'watch',
  usage: '<username> …',
  summary: 'see when these people come, go and change their status',
  completes: ['user'],
  async run(line, session) {
    await session.client.watch(needPeople(watch, line))
  },
}
