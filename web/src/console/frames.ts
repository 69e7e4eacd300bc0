/** A JSON schema, as far as the server's document uses it. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly $ref?: string
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

type Schemas = Readonly<Record<string, Schema>>

export interface Field {
  /** Such as `channels.*.events`: `*` stands for any name, and `[]` for each item of a list. */
  readonly path: string
  readonly type: string
  readonly isRequired: boolean
  readonly description: string
}

export interface Frame {
  /** `client.TYPE` for frames to the server, `server.TYPE` for frames from it. */
  readonly key: string
  readonly type: string
  /** The types of the frames that answer it, for a request. */
  readonly answers: readonly string[]
  readonly fields: readonly Field[]
  /** A whole frame, as sent on the wire. */
  readonly example: unknown
  /** The objects that its fields mention. */
  readonly objects: readonly { readonly name: string; readonly fields: readonly Field[] }[]
}

/** Schemas are nested less deep than this; it ends the reading of one that contains itself. */
const maxDepth = 6
const isFrame = /^(client|server)\./

/** All frames of the server's AsyncAPI document. */
export function framesOf(document: unknown): Frame[] {
  const { components, operations } = document as {
    components: {
      schemas: Schemas
      messages: Readonly<Record<string, { examples?: readonly { payload: unknown }[] }>>
    }
    operations: Readonly<Record<string, { reply?: { messages: readonly { $ref: string }[] } }>>
  }
  const { schemas, messages } = components
  return Object.entries(schemas)
    .filter(([key]) => isFrame.test(key))
    .map(([key, schema]) => {
      const type = key.replace(isFrame, '')
      const reply = key.startsWith('client.') ? operations[`receive.${type}`]?.reply : undefined
      return {
        key,
        type,
        answers: (reply?.messages ?? []).map(({ $ref }) => shortName($ref)),
        fields: fieldsOf(schema),
        example: messages[key]?.examples?.[0]?.payload,
        objects: [...mentionedIn(schema, schemas)].map((name) => ({
          name,
          fields: fieldsOf(schemas[name] ?? {}),
        })),
      }
    })
}

function fieldsOf(schema: Schema, path = '', depth = 0): Field[] {
  if (depth > maxDepth) return []
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    const isRequired = schema.required?.includes(name) === true
    const row = { path: at, type: typeOf(field), isRequired, description: field.description ?? '' }
    return [row, ...fieldsOf(field, at, depth + 1)]
  })
  const { items, additionalProperties } = schema
  const inner = [
    ...(items === undefined ? [] : fieldsOf(items, `${path}[]`, depth + 1)),
    ...(typeof additionalProperties === 'object'
      ? fieldsOf(additionalProperties, `${path}.*`, depth + 1)
      : []),
    // Not all alternatives have the field, so it may be absent.
    ...alternativesOf(schema).flatMap((one) =>
      fieldsOf(one, path, depth + 1).map((field) => ({ ...field, isRequired: false })),
    ),
    ...(schema.allOf ?? []).flatMap((one) => fieldsOf(one, path, depth + 1)),
  ]
  const seen = new Set<string>()
  return [...own, ...inner].filter(({ path: at }) => !seen.has(at) && seen.add(at))
}

/** The names of the objects, which are no frames, that a schema mentions, also through others. */
function mentionedIn(schema: Schema, schemas: Schemas, found = new Set<string>()): Set<string> {
  const { $ref, items, additionalProperties } = schema
  const name = $ref?.split('/').at(-1)
  if (name !== undefined && !isFrame.test(name) && !found.has(name)) {
    found.add(name)
    mentionedIn(schemas[name] ?? {}, schemas, found)
  }
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...alternativesOf(schema),
    ...(schema.allOf ?? []),
    ...(items === undefined ? [] : [items]),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ]
  for (const one of inner) mentionedIn(one, schemas, found)
  return found
}

function alternativesOf({ anyOf = [], oneOf = [] }: Schema): readonly Schema[] {
  return [...anyOf, ...oneOf]
}

/** The type and its limits, in the words of the protocol's manual. */
function typeOf(schema: Schema): string {
  const { $ref, const: constant, enum: values, type, allOf } = schema
  if ($ref !== undefined) return shortName($ref)
  if (constant !== undefined) return JSON.stringify(constant)
  if (values !== undefined) return values.map((each) => JSON.stringify(each)).join(' ')
  const [first] = allOf ?? []
  if (first !== undefined) return typeOf(first)
  const alternatives = alternativesOf(schema)
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' or ')
  if (Array.isArray(type))
    return type.map((each: string) => typeOf({ ...schema, type: each })).join(' or ')
  switch (type) {
    case 'string': {
      const time = schema.format === 'date-time' ? ', a time' : ''
      return `text${rangeOf(schema.minLength, schema.maxLength)}${time}`
    }
    case 'integer': {
      const { minimum, exclusiveMinimum, maximum } = schema
      const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1
      return `whole number${rangeOf(least, maximum)}`
    }
    case 'array':
      return `list of ${typeOf(schema.items ?? {})}${rangeOf(schema.minItems, schema.maxItems)}`
    case 'object': {
      const { additionalProperties, properties } = schema
      const isMap = typeof additionalProperties === 'object' && properties === undefined
      return isMap ? `object: text → ${typeOf(additionalProperties)}` : 'object'
    }
    default:
      return type === undefined ? 'any' : String(type)
  }
}

function rangeOf(least: number | undefined, most: number | undefined): string {
  const [min, max] = [least, most].map((bound) =>
    bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound,
  )
  if (min === undefined) return max === undefined ? '' : ` (at most ${max})`
  return max === undefined ? ` (at least ${min})` : ` (${min}–${max})`
}

/** `#/components/schemas/client.join_channel` is `join_channel`. */
function shortName(ref: string): string {
  return (ref.split('/').at(-1) ?? '').replace(isFrame, '')
}
