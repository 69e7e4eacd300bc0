import type { CompleterResult } from 'node:readline'
import { settableStatusSchema } from '@rookery/protocol'
import type { ArgumentKind } from './commands/command.ts'
import { commands } from './commands/index.ts'
import type { Session } from './session.ts'

/** What the last word of a line can become: commands, rooms, names. */
export function complete(line: string, session: Session): CompleterResult {
  const [, command, args] = /^\/(\S*)(\s.*)?$/.exec(line) ?? []
  if (command === undefined) return among(lastWord(line), names(session, '@'), line)
  if (args === undefined) return among(`/${command}`, commandNames('/'), line)
  const kinds = commands.get(command)?.completes ?? []
  const index = Math.max(0, args.trimStart().split(/\s+/).length - 1)
  const kind = kinds[Math.min(index, kinds.length - 1)]
  return kind === undefined ? [[], line] : among(lastWord(line), choices(kind, session), line)
}

function choices(kind: ArgumentKind, session: Session): string[] {
  switch (kind) {
    case 'command':
      return commandNames('')
    case 'room':
      return [...session.channels.values()].map(({ title }) => title)
    case 'user':
      return names(session, '')
    case 'status':
      return [...settableStatusSchema.options]
    case 'text':
      return names(session, '@')
  }
}

function commandNames(prefix: string): string[] {
  return [...commands.keys()].map((name) => `${prefix}${name}`)
}

function names(session: Session, prefix: string): string[] {
  return [...session.people].map((username) => `${prefix}${username}`)
}

function lastWord(line: string): string {
  return /\S*$/.exec(line)?.[0] ?? ''
}

function among(word: string, words: string[], line: string): CompleterResult {
  const lower = word.toLowerCase()
  const hits = words.filter((candidate) => candidate.toLowerCase().startsWith(lower)).toSorted()
  // A tab in front of a text is a mistake, not a question.
  if (word === '' && !line.startsWith('/')) return [[], word]
  return [hits.map((hit) => `${hit} `), word]
}
