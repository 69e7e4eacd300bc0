import type { Command } from './command.ts'

export const quit: Command = {
  name: 'quit',
  usage: '',
  summary: 'leave this program, as Ctrl-C does on an empty line; in a line it drops that line',
  run(_line, session) {
    session.quit()
  },
}
