import type { Command } from './command.ts'

export const quit: Command = {
  name: 'quit',
  usage: '',
  summary: 'leave this program',
  run(_line, session) {
    session.quit()
  },
}
