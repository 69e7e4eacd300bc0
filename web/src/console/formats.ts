import {
  applyEdits,
  format as formatJson,
  parse as parseJson,
  type ParseError,
  printParseErrorCode,
} from 'jsonc-parser'
import { SaxesParser } from 'saxes'

export type Format = 'text' | 'json' | 'xml'

const indent = '  '

/** Why the text does not have the format, with line and column; null if it has. */
export function faultOf(format: Format, text: string): string | null {
  if (format === 'text' || text.trim() === '') return null
  return format === 'json' ? jsonFault(text) : xmlFault(text)
}

/**
 * The text in lines and indents. It must have the format. Only blanks between its parts change: a
 * number keeps all its digits, and text in XML stays as it is.
 */
export function pretty(format: Format, text: string): string {
  if (format === 'json') {
    const options = { insertSpaces: true, tabSize: indent.length, eol: '\n' }
    return applyEdits(text, formatJson(text, undefined, options)).trim()
  }
  return format === 'xml' ? prettyXml(text) : text
}

/** The browser decides whether it is JSON. Its message names no place in every case. */
function jsonFault(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const faults: ParseError[] = []
    parseJson(text, faults, { disallowComments: true })
    const [first] = faults
    if (first === undefined) return (error as Error).message
    const before = text.slice(0, first.offset).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    // Such as `ValueExpected`.
    const words = printParseErrorCode(first.error).replaceAll(/\B[A-Z]/g, ' $&')
    return `line ${before.length}, column ${column}: ${words.toLowerCase()}`
  }
}

function xmlFault(text: string): string | null {
  const parser = new SaxesParser({ position: false })
  let fault: string | null = null
  parser.on('error', ({ message }) => {
    fault ??= `line ${parser.line}, column ${Math.max(1, parser.column)}: ${message}`
  })
  parser.write(text).close()
  return fault
}

/** One comment, CDATA section, instruction, declaration, tag or text of XML without a fault. */
const xmlParts =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!DOCTYPE(?:"[^"]*"|'[^']*'|\[[^]*?\]\s*(?=>)|[^>"'[])*>|<(?:"[^"]*"|'[^']*'|[^>"'])*>|[^<]+/g

interface XmlElement {
  readonly start: string
  readonly parts: (string | XmlElement)[]
  end: string
}

function prettyXml(text: string): string {
  const root: XmlElement = { start: '', parts: [], end: '' }
  const open = [root]
  for (const [part] of text.matchAll(xmlParts)) {
    const parent = open.at(-1) ?? root
    if (part.startsWith('</')) {
      parent.end = part
      open.pop()
    } else if (/^<[^!?]/.test(part) && !part.endsWith('/>')) {
      const element: XmlElement = { start: part, parts: [], end: '' }
      parent.parts.push(element)
      open.push(element)
    } else parent.parts.push(part)
  }
  return linesOf(root.parts, '').join('\n')
}

function linesOf(parts: XmlElement['parts'], before: string): string[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return part.trim() === '' ? [] : [before + part]
    if (keepsItsBlanks(part)) return [before + verbatim(part)]
    return [before + part.start, ...linesOf(part.parts, before + indent), before + part.end]
  })
}

/** In an element with text, blanks may have a meaning. */
function keepsItsBlanks({ start, parts }: XmlElement): boolean {
  if (parts.length === 0 || /\sxml:space\s*=\s*["']preserve/.test(start)) return true
  return parts.some((part) => typeof part === 'string' && /^\s*(?:[^<\s]|<!\[CDATA\[)/.test(part))
}

function verbatim({ start, parts, end }: XmlElement): string {
  return (
    start + parts.map((part) => (typeof part === 'string' ? part : verbatim(part))).join('') + end
  )
}
