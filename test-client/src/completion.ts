import { settableStatusSchema } from '@rookery/protocol'
import type { ArgumentKind } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { labelOf } from './labels.ts'
import type { ChatSession } from './chat-session.ts'

/** The texts that may stand from the index `from` on. */
export interface Completion {
  from: number
  hits: string[]
}

/** The possible completions of the last word of a line: commands, rooms, names. */
export function complete(line: string, session: ChatSession): Completion {
  const [, command, args] = /^\/(\S*)(\s.*)?$/su.exec(line) ?? []
  if (command === undefined) return among(lastWord(line), names(session, '@'), line)
  if (args === undefined) return among(`/${command}`, commandNames('/'), line)
  const kinds = commands.get(command)?.completes ?? []
  const index = Math.max(0, args.trimStart().split(/\s+/).length - 1)
  const kind = kinds[Math.min(index, kinds.length - 1)]
  // The name of a room may have spaces.
  if (kinds[0] === 'room') return among(args.trimStart(), rooms(session), line)
  return kind === undefined
    ? { from: line.length, hits: [] }
    : among(lastWord(line), choices(kind, session), line)
}

function choices(kind: ArgumentKind, session: ChatSession): string[] {
  switch (kind) {
    case 'command':
      return commandNames('')
    case 'room':
      return rooms(session)
    case 'user':
      return names(session, '')
    case 'status':
      return [...settableStatusSchema.options]
    case 'text':
      return names(session, '@')
  }
}

/** The labels of the rooms, without notes such as "(account deleted)". */
function rooms(session: ChatSession): string[] {
  return [...session.channels.keys()].map((channelId) => {
    const { peer: _peer, twin, ...place } = session.place(channelId)
    return twin === true ? channelId : labelOf(place)
  })
}

function commandNames(prefix: string): string[] {
  return [...commands.keys()].map((name) => `${prefix}${name}`)
}

function names(session: ChatSession, prefix: string): string[] {
  return [...session.people].map((username) => `${prefix}${username}`)
}

function lastWord(line: string): string {
  return /\S*$/u.exec(line)?.[0] ?? ''
}

function among(word: string, words: string[], line: string): Completion {
  const from = line.length - word.length
  // A tab before a text is a mistake and asks for nothing.
  if (word === '' && !line.startsWith('/')) return { from, hits: [] }
  const lower = word.toLowerCase()
  // The mark at the beginning need not be typed: `te` becomes `"Team"`. But `@te` can only be a
  // person.
  const isMarked = /^[@#"]/u.test(word)
  const fits = (candidate: string) =>
    candidate.startsWith(lower) ||
    (!isMarked && candidate.replace(/^(#"?|")/u, '').startsWith(lower))
  return { from, hits: words.filter((candidate) => fits(candidate.toLowerCase())).toSorted() }
}
