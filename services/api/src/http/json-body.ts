import { inexactness } from '@rookery/protocol'
import type { FastifyInstance } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import { ApiError, unsupported } from './api-error.ts'

const maxNamed = 40

/**
 * Reads bodies as JSON, and says what is wrong with a body that is not JSON. An empty body counts
 * as none, because some client libraries send a content-type without a body.
 */
export function addJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore')
  app.removeAllContentTypeParsers()
  // Refuses a body before a byte of it is read.
  app.addHook('preParsing', async ({ headers }) => {
    const length = headers['content-length'] ?? '0'
    if (length !== '0' || headers['transfer-encoding'] !== undefined) refuseUnsupported(headers)
  })
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, bytes: Buffer, done) => {
      if (bytes.length === 0) {
        done(null, undefined)
        return
      }
      const text = utf8(bytes)
      if (text === null) {
        done(new ApiError('invalid_input', 'the body is not valid UTF-8'))
        return
      }
      void parse(request, text, (error, value) => {
        const inexact = hasMetadata(value) ? inexactness(text) : null
        if (inexact !== null) done(new ApiError('invalid_input', `body.metadata: ${inexact}`))
        else if (error === null) done(null, value)
        else done(new ApiError('invalid_input', faultOf(text)))
      })
    },
  )
}

function hasMetadata(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'metadata' in value
}

/** Refuses a body that would be misread as UTF-8 JSON. @throws ApiError `invalid_input` */
function refuseUnsupported(headers: IncomingHttpHeaders): void {
  const codings = headers['content-encoding']?.split(',') ?? []
  const coding = codings.map((one) => one.trim()).find((one) => !/^(identity)?$/i.test(one))
  if (coding !== undefined)
    throw unsupported(
      `the content-encoding ${named(coding)} is not supported: send the body without one`,
    )
  for (const [, quoted, token] of (headers['content-type'] ?? '').matchAll(
    /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/gi,
  )) {
    const charset = quoted ?? token ?? ''
    if (!/^utf-?8$/i.test(charset))
      throw unsupported(`the charset ${named(charset)} is not supported: send the body in UTF-8`)
  }
}

function named(text: string): string {
  return JSON.stringify(text.slice(0, maxNamed))
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The parser refuses invalid JSON and `__proto__` keys with one error, so the text is tried. */
function faultOf(text: string): string {
  try {
    JSON.parse(text)
    return 'the body must not have a key __proto__'
  } catch {
    return 'the body is not JSON'
  }
}
