import { fail } from './command.ts'
import type { Command } from './command.ts'

export const register: Command = {
  name: 'register',
  usage: '<username> [password]',
  summary: 'make an account and log in',
  async run({ words: [username, password] }, session) {
    if (username === undefined) fail(register)
    await session.register(username, password)
  },
}
