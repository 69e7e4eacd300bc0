import type { Command } from './command.ts'

export const logout: Command = {
  name: 'logout',
  usage: '',
  summary: 'end this log-in',
  async run(_line, session) {
    await session.logOut()
    session.report({ type: 'done', command: 'logout', text: 'logged out' })
  },
}
