// Fills docs/protocol.md: between a marker and its end come the example of a fixture, or the fields
// of a schema. All other lines stay as they are.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { root } from './set-up.mjs'

const fixtures = join(root, 'libs', 'protocol', 'fixtures')
const part = /<!-- (example|fields) (\S+) -->\n[\s\S]*?<!-- end -->/g

/**
 * @param {string} text the document
 * @param {typeof import('../../libs/protocol/src/index.ts')} protocol
 */
export function fillProtocolDocument(text, protocol) {
  return text.replace(part, (_all, kind, name) => {
    const filled = kind === 'example' ? exampleOf(name) : fieldsOf(name, protocol)
    return `<!-- ${kind} ${name} -->\n\n${filled}\n\n<!-- end -->`
  })
}

/** The names of all examples in the document, as paths below the fixtures without `.json`. */
export function examplesIn(text) {
  return [...text.matchAll(part)].filter(([, kind]) => kind === 'example').map(([, , name]) => name)
}

function exampleOf(name) {
  const file = join(fixtures, `${name}.json`)
  if (!existsSync(file)) throw new Error(`there is no fixture ${name}`)
  return `\`\`\`json\n${compact(JSON.parse(readFileSync(file, 'utf8')))}\n\`\`\``
}

/** JSON with short objects and lists on one line. */
function compact(value, indent = '') {
  const line = oneLine(value)
  if (line.length + indent.length <= 100) return line
  const deeper = `${indent}  `
  if (Array.isArray(value))
    return `[\n${value.map((item) => deeper + compact(item, deeper)).join(',\n')}\n${indent}]`
  const lines = Object.entries(value).map(
    ([key, item]) => `${deeper}${JSON.stringify(key)}: ${compact(item, deeper)}`,
  )
  return `{\n${lines.join(',\n')}\n${indent}}`
}

function oneLine(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`,
  )
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/**
 * A table of the fields of a frame (`client.TYPE`, `server.TYPE`), a body (`ROUTE.body`), a query,
 * an answer, or an object.
 */
function fieldsOf(name, protocol) {
  const schema = schemaOf(name, protocol)
  const document = z.toJSONSchema(schema, {
    io: name.startsWith('client.') || /\.(body|query)$/.test(name) ? 'input' : 'output',
    unrepresentable: 'any',
  })
  const named = document.$ref === undefined ? null : document.$ref.split('/').at(-1)
  const { properties = {}, required = [] } = named === null ? document : document.$defs[named]
  const rows = Object.entries(properties)
    .filter(([field]) => field !== 'type' || !/^(client|server)\./.test(name))
    .map(([field, type]) => {
      const presence = required.includes(field) ? 'yes' : ''
      const said = [
        type.description,
        type.default === undefined ? '' : `${type.default} by default`,
      ]
      return `| \`${field}\` | ${typeOf(type)} | ${presence} | ${said.filter(Boolean).join('; ')} |`
    })
  if (rows.length === 0) return 'No fields but `type`.'
  return ['| field | type and limits | required | |', '|---|---|---|---|', ...rows].join('\n')
}

function schemaOf(name, protocol) {
  const [first, second] = name.split('.')
  if (first === 'client') return protocol.clientFrameSchemas[second]
  if (first === 'server') return protocol.serverFrameSchemas[second]
  if (second !== undefined) return protocol.restRoutes[first][second]
  return protocol[`${first}Schema`]
}

function typeOf(type) {
  if (type.$ref !== undefined) {
    const object = type.$ref.split('/').at(-1)
    return object.startsWith('__') ? 'object' : `[${object}](#${object.toLowerCase()})`
  }
  if (type.const !== undefined) return `\`${JSON.stringify(type.const)}\``
  if (type.enum !== undefined) {
    return type.enum.length > 8
      ? 'one of the error codes'
      : type.enum.map((one) => `\`${one}\``).join(' ')
  }
  if (type.anyOf !== undefined) return [...new Set(type.anyOf.map(typeOf))].join(' or ')
  if (Array.isArray(type.type))
    return type.type.map((each) => typeOf({ ...type, type: each })).join(' or ')
  switch (type.type) {
    case 'string':
      return `text${rangeOf(type.minLength, type.maxLength)}${type.format === 'date-time' ? ', a time' : ''}`
    case 'integer':
      return `whole number${rangeOf(safe(type.minimum ?? next(type.exclusiveMinimum)), safe(type.maximum))}`
    case 'number':
      return 'number'
    case 'array':
      return `list of ${typeOf(type.items ?? {})}${rangeOf(type.minItems, type.maxItems)}`
    case 'object':
      return typeof type.additionalProperties === 'object' && type.properties === undefined
        ? `object: ${type.propertyNames === undefined ? 'text' : 'text'} → ${typeOf(type.additionalProperties)}`
        : 'object'
    default:
      return type.type ?? 'any'
  }
}

const next = (bound) => (bound === undefined ? undefined : bound + 1)
const safe = (bound) => (Math.abs(bound ?? 0) >= Number.MAX_SAFE_INTEGER ? undefined : bound)

function rangeOf(least, most) {
  if (least === undefined && most === undefined) return ''
  if (least === undefined) return ` (at most ${most})`
  return most === undefined ? ` (at least ${least})` : ` (${least}–${most})`
}
