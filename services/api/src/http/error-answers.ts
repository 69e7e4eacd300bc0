import type { RestError } from '@rookery/protocol'
import { isRetryable, type Logger } from '@rookery/service-kit'
import { TokenError } from '@rookery/tokens'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { ApiError, unavailable } from './api-error.ts'

const retryAfterMs = 1_000

/**
 * Gives every answer that is not 2xx the same form. It never has a stack, a message of a library or
 * a text of another user.
 */
export function addErrorAnswers(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, new ApiError('not_found', 'no such call, see /openapi.json')),
  )
  app.setErrorHandler((error, request, reply) => {
    const answer = toApiError(error)
    if (answer.code === 'internal') {
      logger.error(
        { err: error, route: request.routeOptions.url },
        'a request failed, the client gets 500',
      )
    } else if (answer.code === 'unavailable') {
      logger.warn({ err: answer.cause, route: request.routeOptions.url }, answer.message)
    }
    return sendError(reply, answer)
  })
}

export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterMs !== undefined) {
    void reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)))
  }
  // Serialized here, because the serializer of the route only knows the route's own answer.
  return reply
    .code(error.status)
    .type('application/json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(errorBody(error))
}

export function errorBody({ code, message, details, retryAfterMs }: ApiError): RestError {
  return {
    error: {
      code,
      message,
      ...(details !== undefined && { details }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  }
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof TokenError) {
    return new ApiError('unauthorized', error.message, { cause: error })
  }
  if (!isObject(error)) return new ApiError('internal', 'internal error', { cause: error })
  if (Array.isArray(error.validation)) return invalidFields(error)
  if (isRetryable(error)) {
    return unavailable('a part of the platform is away, try again', retryAfterMs, error)
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ApiError('too_large', 'the body is larger than 64 KiB, send less')
  }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return new ApiError('invalid_input', clientFault(error))
  return new ApiError('internal', 'internal error', { cause: error })
}

type LibraryError = Partial<FastifyError>

function isObject(error: unknown): error is LibraryError {
  return typeof error === 'object' && error !== null
}

function invalidFields({ validation = [], validationContext = 'body' }: LibraryError): ApiError {
  const fields = validation.map(({ instancePath, message = 'is invalid' }) => ({
    field: `${validationContext}${instancePath === '/' ? '' : instancePath.replaceAll('/', '.')}`,
    message,
  }))
  const [first] = fields
  const message = first === undefined ? 'invalid request' : `${first.field}: ${first.message}`
  return new ApiError('invalid_input', message, { details: { fields } })
}

const clientFaults: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body must be application/json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body and its content-length differ in size',
  FST_ERR_BAD_URL: 'the path is not valid in percent-encoding',
}

function clientFault({ code = '' }: LibraryError): string {
  return clientFaults[code] ?? 'the request cannot be read'
}
