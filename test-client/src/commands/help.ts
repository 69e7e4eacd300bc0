import { CommandError } from '../errors.ts'
import type { Command } from './command.ts'

/** The command `/help` for these commands. */
export function helpOn(commands: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    usage: '[<command>]',
    summary: 'this list',
    completes: ['command'],
    run({ words: [wanted] }, session) {
      const name = wanted?.replace(/^\//, '').toLowerCase()
      const shown = [help, ...commands].filter(
        (command) => name === undefined || command.name === name,
      )
      if (shown.length === 0) throw new CommandError('unknown_command', `there is no /${name}`)
      for (const command of shown) {
        const usage = `/${command.name} ${command.usage}`.trimEnd()
        session.report({ type: 'help', usage, summary: command.summary })
      }
    },
  }
  return help
}
