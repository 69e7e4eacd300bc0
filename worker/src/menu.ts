import type { Worker } from './worker.ts'
import { WorkerError } from './worker-error.ts'

export const menu = `1 enroll   2 go online   3 write NAME TEXT   4 read   5 list   6 go offline   7 quit   0 exit`

type Command = (worker: Worker, rest: string) => Promise<string[]>

const commands: Readonly<Record<string, Command>> = {
  enroll: async (worker) => [(await worker.enroll()) ? 'enrolled' : 'enrolled before'],
  online: async (worker) => {
    await worker.goOnline()
    return ['online']
  },
  write: async (worker, rest) => {
    const [, to, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? []
    if (to === undefined || text === undefined)
      throw new UsageError('to whom, and what? write NAME TEXT')
    await worker.write(to, text)
    return [`written to ${to}`]
  },
  read: async (worker) => {
    const messages = await worker.read()
    return messages.map(({ from, text }) => `${from ?? '?'}: ${oneLine(text)}`)
  },
  list: async (worker) => worker.online(),
  offline: async (worker) => {
    await worker.goOffline()
    return ['offline']
  },
  quit: async (worker) => [(await worker.quit()) ? 'quit' : 'was not enrolled'],
}

const synonyms: Readonly<Record<string, string>> = {
  '1': 'enroll',
  '2': 'online',
  '3': 'write',
  '4': 'read',
  '5': 'list',
  '6': 'offline',
  '7': 'quit',
  '0': 'exit',
}

export interface Outcome {
  lines: string[]
  failed: boolean
  exit: boolean
}

/** Runs one line of input: a command's word or number, and its arguments. */
export async function runCommand(line: string, worker: Worker): Promise<Outcome> {
  const [, word = '', rest = ''] = /^\s*(?:go\s+)?(\S*)\s*(.*?)\s*$/s.exec(line) ?? []
  if (word === '') return { lines: [], failed: false, exit: false }
  const name = synonyms[word] ?? word
  if (name === 'exit') return { lines: [], failed: false, exit: true }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return failure(`there is no command ${word}: ${menu}`)
  try {
    return { lines: await command(worker, rest), failed: false, exit: false }
  } catch (error) {
    if (error instanceof WorkerError || error instanceof UsageError) return failure(error.message)
    throw error
  }
}

class UsageError extends Error {
  override readonly name = 'UsageError'
}

function failure(message: string): Outcome {
  return { lines: [`error: ${message}`], failed: true, exit: false }
}

/** Another worker's text must neither look like a line of this program nor control the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ')
}
