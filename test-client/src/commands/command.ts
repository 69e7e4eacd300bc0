import { CommandError } from '../errors.ts'
import { usernameOf } from '../labels.ts'
import type { Session } from '../session.ts'
import type { ParsedLine } from '../words.ts'

/** What an argument completes to. */
export type ArgumentKind = 'room' | 'user' | 'status' | 'command' | 'text'

export interface Command {
  name: string
  /** The arguments, as help prints them. */
  usage: string
  summary: string
  /** Kind of each argument; the last one is that of all further ones. */
  completes?: readonly ArgumentKind[]
  run(line: ParsedLine, session: Session): Promise<void> | void
}

/** @throws CommandError `usage` */
export function fail(command: Command): never {
  throw new CommandError('usage', `/${command.name} ${command.usage}`.trimEnd())
}

/** The words, or a usage error when there are fewer. */
export function needWords(command: Command, line: ParsedLine, count: number): string[] {
  if (line.words.length < count) fail(command)
  return line.words
}

/** One or more people, written `bob` or `@bob`. */
export function needPeople(command: Command, line: ParsedLine): string[] {
  return needWords(command, line, 1).map(usernameOf)
}

/** A name for a room that is no person's; `#lobby` means `lobby`. */
export function newName(command: Command, name: string): string {
  const bare = name.replace(/^#/, '')
  if (bare === '') fail(command)
  return roomName(bare)
}

/** A name that may be given to a room. @throws CommandError */
export function roomName(name: string): string {
  if (!/^[#@]/u.test(name.normalize('NFKC'))) return name
  throw new CommandError('usage', 'the name of a room cannot begin with @ or #')
}

/** `#12` or `12`, and the text behind it. */
export function seqAndText(command: Command, line: ParsedLine): { seq: number; text: string } {
  const [, digits, text = ''] = /^#?(\d{1,15})(?:\s+(.*))?$/s.exec(line.rest) ?? []
  if (digits === undefined || Number(digits) < 1) fail(command)
  return { seq: Number(digits), text }
}

/** One name that may have spaces, quoted or not; undefined = none was given. */
export function oneName(line: ParsedLine): string | undefined {
  return line.words.length > 1 ? line.rest.trim() : line.words[0]
}
