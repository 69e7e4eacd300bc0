import type { z } from 'zod'

export interface Variable {
  readonly name: string
  /** `NAME_FILE`, if the variable is a secret that may be given as a file. */
  readonly file?: string
  readonly description: string
  /** The default as an operator would write it; undefined: none. */
  readonly default?: string
  readonly required: boolean
}

/** What `--help` and `readConfig` need to know about each key, read from zod's definitions. */
export function variablesOf(schema: z.ZodObject): Variable[] {
  const shape = schema.shape as Record<string, z.ZodType>
  return Object.entries(shape).map(([name, field]) => {
    const facts = factsOf(field)
    const secret = facts.secret && !Object.hasOwn(shape, `${name}_FILE`)
    return {
      name,
      ...(secret && { file: `${name}_FILE` }),
      description: facts.description,
      ...(facts.default !== undefined && { default: facts.default }),
      required: !facts.optional,
    }
  })
}

/** The page that `--help` prints: every variable with its description and default. */
export function configHelp(title: string, schema: z.ZodObject): string {
  const lines = variablesOf(schema).map((variable) => {
    const names = [variable.name, ...(variable.file === undefined ? [] : [variable.file])]
    const note = variable.required
      ? ' (required)'
      : variable.default !== undefined && variable.default !== ''
        ? ` (default: ${variable.default})`
        : ''
    return `  ${names.join(' or ')}\n      ${variable.description}${note}`
  })
  return `${title}\n\nSettings, from environment variables:\n${lines.join('\n')}\n`
}

interface Facts {
  description: string
  secret: boolean
  optional: boolean
  default?: string
}

interface Definition {
  type: string
  innerType?: z.ZodType
  in?: z.ZodType
  defaultValue?: unknown
}

/**
 * Walks from the outermost wrapper (default, optional, pipe) inwards. If several have a
 * description, the outermost one counts.
 */
function factsOf(field: z.ZodType): Facts {
  const meta = field.meta()
  const definition = field.def as Definition
  const inner = definition.innerType ?? (definition.type === 'pipe' ? definition.in : undefined)
  const within: Facts = inner ? factsOf(inner) : { description: '', secret: false, optional: false }
  const hasDefault = definition.type === 'default' || definition.type === 'prefault'
  const facts: Facts = {
    description: meta?.description ?? within.description,
    secret: meta?.['secret'] === true || within.secret,
    optional: hasDefault || definition.type === 'optional' || within.optional,
  }
  const value = hasDefault ? String(definition.defaultValue) : within.default
  return value === undefined ? facts : { ...facts, default: value }
}
