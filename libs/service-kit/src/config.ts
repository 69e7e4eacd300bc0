import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { ConfigError } from './errors.ts'
import { variablesOf } from './config-variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ReadConfigOptions {
  /** An unknown variable with one of these prefixes counts as misspelt and is refused. */
  readonly prefixes?: readonly string[]
  /**
   * Names with one of these prefixes that are variables of other services. They are ignored, so
   * that all services can share one file of settings.
   */
  readonly alsoKnown?: readonly string[]
}

const ourPrefixes: readonly string[] = ['RATE_LIMIT_', 'ACCESS_TOKEN_', 'REFRESH_TOKEN_', 'JWT_']

/**
 * Reads a service's settings: one zod object whose keys are the variables' names.
 * - An empty variable counts as not set.
 * - A key whose meta says `secret: true` may be given as `KEY_FILE`: the path of a file with the
 *   secret, as containers mount it. White space around the secret is removed.
 *
 * @returns the parsed settings, frozen
 * @throws ConfigError `invalid_variable`
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
  { prefixes = ourPrefixes, alsoKnown = [] }: ReadConfigOptions = {},
): Readonly<z.output<Schema>> {
  const variables = variablesOf(schema)
  const known = new Set(alsoKnown)
  const values: Record<string, string> = {}
  const givenAs: Record<string, string> = {}
  for (const { name, file } of variables) {
    known.add(name)
    if (file !== undefined) known.add(file)
    const value = valueOf(env, name, file)
    if (value === undefined) continue
    values[name] = value
    givenAs[name] = env[name] ? name : (file ?? name)
  }
  for (const name of Object.keys(env)) {
    if (!known.has(name) && prefixes.some((prefix) => name.startsWith(prefix))) {
      throw new ConfigError(name, 'no such setting: correct its name (see --help) or remove it')
    }
  }
  const result = schema.safeParse(values)
  if (result.success) return deepFreeze(result.data)
  const [issue] = result.error.issues
  const name = String(issue?.path[0] ?? 'configuration')
  const missing = issue?.code === 'invalid_type' && values[name] === undefined
  throw new ConfigError(
    givenAs[name] ?? name,
    missing ? 'is required' : (issue?.message ?? 'is invalid'),
  )
}

function valueOf(env: Environment, name: string, file: string | undefined): string | undefined {
  const direct = env[name] || undefined
  const path = file === undefined ? undefined : env[file] || undefined
  if (file === undefined || path === undefined) return direct
  if (direct !== undefined)
    throw new ConfigError(file, `is set together with ${name}: set one of the two`)
  const secret = read(file, path).trim()
  if (secret === '') throw new ConfigError(file, `the file ${path} is empty`)
  return secret
}

function read(file: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(file, `cannot read the file ${path}`, { cause })
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
