import { RookeryError } from '@rookery/client'
import { commands } from './commands/index.ts'
import { say } from './commands/msg.ts'
import { CommandError } from './errors.ts'
import type { ChatSession } from './chat-session.ts'
import { parseLine } from './words.ts'

/** Runs one line and reports the outcome. Resolves with true if it succeeded. */
export async function runLine(line: string, session: ChatSession): Promise<boolean> {
  const parsed = parseLine(line)
  if (line.trim() === '') return true
  try {
    if (parsed.command === null) {
      await say(session, session.currentRoom(), parsed.rest)
      return true
    }
    const command = commands.get(parsed.command)
    if (command === undefined) {
      throw new CommandError(
        'unknown_command',
        `there is no /${parsed.command}; /help lists what there is`,
      )
    }
    await command.run(parsed, session)
    return true
  } catch (error) {
    reportError(error, session, parsed.command ?? undefined)
    return false
  }
}

/** @throws errors that are neither the server's nor the user's fault */
export function reportError(error: unknown, session: ChatSession, command?: string): void {
  if (!(error instanceof RookeryError) && !(error instanceof CommandError)) throw error
  const { code, message } = error
  session.report({ type: 'error', code, message, ...(command !== undefined && { command }) })
}
