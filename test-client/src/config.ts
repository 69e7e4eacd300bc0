import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { CommandError } from './errors.ts'

export interface Config {
  username?: string
  room?: string
  server: string
  json: boolean
  /** From `--password-file` or ROOKERY_PASSWORD. */
  password?: string
}

/** Reads the command line and the environment. Prints help or an error, and then exits. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Config {
  const program = new Command('rookery-client')
    .description('Chat from a terminal, or from a script: one command per line, /help lists them.')
    .argument('[username]', 'who you are; a new name can be registered')
    .argument('[room]', 'a room to be in at once; a public one is made if there is none')
    .option('--server <url>', 'the api (or ROOKERY_URL)', httpUrl, httpUrlOf(env))
    .option('--password-file <file>', 'where the password is (or ROOKERY_PASSWORD itself)')
    .option('--json', 'one JSON object per line instead of text', false)
    .showHelpAfterError('(--help says more)')
  program.parse(argv as string[], { from: 'user' })
  const options = program.opts<{ server: string; passwordFile?: string; json: boolean }>()
  const [username, room] = program.args
  const password =
    options.passwordFile === undefined
      ? env['ROOKERY_PASSWORD']
      : readPassword(options.passwordFile)
  return {
    server: options.server,
    json: options.json,
    ...(username !== undefined && { username }),
    ...(room !== undefined && { room }),
    ...(password !== undefined && password !== '' && { password }),
  }
}

function httpUrlOf(env: NodeJS.ProcessEnv): string {
  const url = env['ROOKERY_URL'] ?? ''
  if (url === '') return 'http://127.0.0.1:3000'
  try {
    return httpUrl(url)
  } catch {
    throw new CommandError('usage', 'ROOKERY_URL must be an http:// or https:// address')
  }
}

function httpUrl(value: string): string {
  if (!/^https?:\/\/\S+$/.test(value) || !URL.canParse(value)) {
    throw new InvalidArgumentError('It must be an http:// or https:// address.')
  }
  return value
}

/** The first line, because files end with a line break that does not belong to the password. */
function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n[\s\S]*$/, '')
  } catch (cause) {
    throw new CommandError('unreadable_file', `cannot read the password from ${file}`, cause)
  }
}
