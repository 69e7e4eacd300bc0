export type Format = 'text' | 'json' | 'xml'

/** Why the text does not have the format, with line and column; null if it has. */
export function faultOf(format: Format, text: string): string | null {
  if (format === 'text' || text.trim() === '') return null
  return format === 'json' ? jsonFault(text) : xmlFault(text)
}

/** The text in lines and indents. It must have the format. */
export function pretty(format: Format, text: string): string {
  if (format === 'json') return JSON.stringify(JSON.parse(text), null, 2)
  if (format !== 'xml') return text
  const { documentElement } = new DOMParser().parseFromString(text, 'application/xml')
  return lines(documentElement, '').join('\n')
}

function jsonFault(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const message = (error as Error).message
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length)
    const before = text.slice(0, at).split('\n')
    const line = before.length
    const column = (before.at(-1)?.length ?? 0) + 1
    return `line ${line}, column ${column}: ${message.split(' in JSON')[0]}`
  }
}

function xmlFault(text: string): string | null {
  const error = new DOMParser()
    .parseFromString(text, 'application/xml')
    .querySelector('parsererror')
  if (error === null) return null
  const what = error.textContent ?? ''
  const [, line, column, why] = /line (\d+) at column (\d+): ([^\n]*)/.exec(what) ?? []
  return line === undefined ? 'not well-formed' : `line ${line}, column ${column}: ${why}`
}

function lines(node: Element, indent: string): string[] {
  const attributes = [...node.attributes].map(({ name, value }) => ` ${name}="${escape(value)}"`)
  const open = `${indent}<${node.tagName}${attributes.join('')}`
  if (node.childNodes.length === 0) return [`${open}/>`]
  if (node.children.length === 0)
    return [`${open}>${escape(node.textContent ?? '')}</${node.tagName}>`]
  const inner = [...node.childNodes].flatMap((child) =>
    child instanceof Element
      ? lines(child, `${indent}  `)
      : (child.textContent ?? '').trim() === ''
        ? []
        : [`${indent}  ${escape((child.textContent ?? '').trim())}`],
  )
  return [`${open}>`, ...inner, `${indent}</${node.tagName}>`]
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
