import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'

export type Format = 'text' | 'json' | 'xml'

/** Keeps the order, the attributes, the comments, and every text as it is written. */
const keepAll = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  commentPropName: '#comment',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  processEntities: false,
} as const

/** Why the text does not have the format, with line and column; null if it has. */
export function faultOf(format: Format, text: string): string | null {
  if (format === 'text' || text.trim() === '') return null
  return format === 'json' ? jsonFault(text) : xmlFault(text)
}

/** The text in lines and indents. It must have the format. */
export function pretty(format: Format, text: string): string {
  if (format === 'json') return JSON.stringify(JSON.parse(text), null, 2)
  if (format !== 'xml') return text
  const builder = new XMLBuilder({
    ...keepAll,
    format: true,
    indentBy: '  ',
    suppressEmptyNode: true,
  })
  return builder.build(new XMLParser(keepAll).parse(text) as unknown[]).trim()
}

function jsonFault(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const { message } = error as Error
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length)
    const before = text.slice(0, at).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    return `line ${before.length}, column ${column}: ${message.split(' in JSON')[0]}`
  }
}

function xmlFault(text: string): string | null {
  const result = XMLValidator.validate(text)
  if (result !== true) return `line ${result.err.line}, column ${result.err.col}: ${result.err.msg}`
  const nodes = new XMLParser(keepAll).parse(text) as Record<string, unknown>[]
  const roots = nodes.filter((node) => !Object.keys(node).some((key) => /^[?#]/.test(key)))
  return roots.length === 1 ? null : `it has ${roots.length} root elements instead of one`
}
