import { CommandError } from '../errors.ts'
import { usernameOf } from '../labels.ts'
import type { ChatSession } from '../chat-session.ts'
import type { ParsedLine } from '../words.ts'

/** The kinds of arguments that can be completed. */
export type ArgumentKind = 'room' | 'user' | 'status' | 'command' | 'text'

export interface Command {
  name: string
  /** The arguments, as help prints them. */
  usage: string
  summary: string
  /** The kind of each argument. The last one counts for all further arguments. */
  completes?: readonly ArgumentKind[]
  run(line: ParsedLine, session: ChatSession): Promise<void> | void
}

/** @throws CommandError `usage` */
export function fail(command: Command): never {
  throw new CommandError('usage', `/${command.name} ${command.usage}`.trimEnd())
}

/** The words of a line, or a usage error if there are too few. */
export function needWords(command: Command, line: ParsedLine, count: number): string[] {
  if (line.words.length < count) fail(command)
  return line.words
}

/** One or more people, as `bob` or `@bob`. */
export function needPeople(command: Command, line: ParsedLine): string[] {
  return needWords(command, line, 1).map(usernameOf)
}

/** A new name for a room, which cannot be a person's. `#lobby` means `lobby`. */
export function newName(command: Command, name: string): string {
  const bare = name.replace(/^#/, '')
  if (bare === '') fail(command)
  return roomName(bare)
}

/** Checks that a room may have this name. @throws CommandError */
export function roomName(name: string): string {
  if (!/^[#@]/u.test(name.normalize('NFKC'))) return name
  throw new CommandError('usage', 'the name of a room cannot begin with @ or #')
}

/** `#12` or `12`, and the text after it. */
export function seqAndText(command: Command, line: ParsedLine): { seq: number; text: string } {
  const [, digits, text = ''] = /^#?(\d{1,15})(?:\s+(.*))?$/s.exec(line.rest) ?? []
  if (digits === undefined || Number(digits) < 1) fail(command)
  return { seq: Number(digits), text }
}

/** One name, which may have spaces, quoted or not; undefined: none was given. */
export function oneName(line: ParsedLine): string | undefined {
  return line.words.length > 1 ? line.rest.trim() : line.words[0]
}
