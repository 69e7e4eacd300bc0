import { fail } from './command.ts'
import type { Command } from './command.ts'

export const login: Command = {
  name: 'login',
  usage: '<username> [password]',
  summary: 'log in; the password is asked for when it is not given',
  async run({ words: [username, password] }, session) {
    if (username === undefined) fail(login)
    await session.logIn(username, password)
  },
}
