import { inexactness } from '@rookery/protocol'
import type { FastifyInstance } from 'fastify'
import { ApiError } from './api-error.ts'

/**
 * Reads bodies as JSON and says what is wrong with those that are not. An empty body is no body, also when
 * a client library names its type anyway.
 */
export function addJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore')
  app.removeAllContentTypeParsers()
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

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The parser refuses `__proto__` keys too; which of both it was, the text tells. */
function faultOf(text: string): string {
  try {
    JSON.parse(text)
    return 'the body must not have a key __proto__'
  } catch {
    return 'the body is not JSON'
  }
}
