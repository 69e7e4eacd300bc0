import { Lexer, type Token, type Tokens } from 'marked'
import type { ComponentChild } from 'preact'

/**
 * A message's text as elements. The text becomes tokens, and tokens become elements, so nothing of
 * it is ever read as HTML. Links lead only to http, https and mailto.
 */
export function Markdown({ text, copyLabel }: { text: string; copyLabel: string }) {
  return <div class="md">{blocks(tokensOf(text), copyLabel)}</div>
}

const maxTokenised = 20_000

function tokensOf(text: string): Token[] {
  if (text.length > maxTokenised) return [{ type: 'text', raw: text, text } as Tokens.Text]
  return new Lexer({ gfm: true, breaks: true }).lex(text)
}

function blocks(tokens: readonly Token[], copyLabel: string): ComponentChild[] {
  return tokens.map((token, index) => <Block key={index} token={token} copyLabel={copyLabel} />)
}

function Block({ token, copyLabel }: { token: Token; copyLabel: string }): ComponentChild {
  switch (token.type) {
    case 'space':
      return null
    case 'paragraph':
      return <p dir="auto">{inline((token as Tokens.Paragraph).tokens)}</p>
    case 'heading':
      return (
        <p dir="auto" class="md-heading">
          {inline((token as Tokens.Heading).tokens)}
        </p>
      )
    case 'code': {
      const { text, lang } = token as Tokens.Code
      return <CodeBlock text={text} lang={lang ?? ''} copyLabel={copyLabel} />
    }
    case 'blockquote':
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens, copyLabel)}</blockquote>
    case 'list': {
      const { ordered, start, items } = token as Tokens.List
      const children = items.map((item, index) => (
        <li key={index} dir="auto">
          {item.task && <input type="checkbox" checked={item.checked === true} disabled />}
          {blocks(item.tokens, copyLabel)}
        </li>
      ))
      return ordered ? <ol start={Number(start) || 1}>{children}</ol> : <ul>{children}</ul>
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table
      return (
        <div class="md-table" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {header.map((cell, index) => (
                  <th key={index}>{inline(cell.tokens)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, index) => (
                    <td key={index}>{inline(cell.tokens)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    }
    case 'hr':
      return <hr />
    case 'text': {
      const { tokens, text } = token as Tokens.Text
      return <p dir="auto">{tokens === undefined ? text : inline(tokens)}</p>
    }
    default:
      // HTML and anything unknown is shown as the text that it is.
      return <p dir="auto">{token.raw}</p>
  }
}

function CodeBlock({ text, lang, copyLabel }: { text: string; lang: string; copyLabel: string }) {
  return (
    <div class="md-code">
      <pre tabIndex={0}>
        <code data-lang={lang}>{text}</code>
      </pre>
      <button type="button" class="quiet" onClick={() => void navigator.clipboard.writeText(text)}>
        {copyLabel}
      </button>
    </div>
  )
}

function inline(tokens: readonly Token[] | undefined): ComponentChild[] {
  return (tokens ?? []).map((token, index) => <Inline key={index} token={token} />)
}

function Inline({ token }: { token: Token }): ComponentChild {
  switch (token.type) {
    case 'strong':
      return <strong>{inline((token as Tokens.Strong).tokens)}</strong>
    case 'em':
      return <em>{inline((token as Tokens.Em).tokens)}</em>
    case 'del':
      return <del>{inline((token as Tokens.Del).tokens)}</del>
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>
    case 'br':
      return <br />
    case 'link': {
      const { href, tokens, text } = token as Tokens.Link
      const children = tokens === undefined ? text : inline(tokens)
      return isSafeLink(href) ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {children}
        </a>
      ) : (
        <span>{token.raw}</span>
      )
    }
    case 'text': {
      const { tokens, text } = token as Tokens.Text
      return tokens === undefined ? unescaped(text) : inline(tokens)
    }
    case 'escape':
      return (token as Tokens.Escape).text
    default:
      // Pictures, too: a picture of elsewhere would tell its server who reads.
      return token.raw
  }
}

export function isSafeLink(href: string): boolean {
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol)
  } catch {
    return false
  }
}

/** The lexer leaves text as it was written. */
function unescaped(text: string): string {
  return text
}
