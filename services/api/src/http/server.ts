import {
  boundPipelining,
  type Logger,
  type Metrics,
  type TrustedProxies,
} from '@rookery/service-kit'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ApiError } from './api-error.ts'
import { addErrorAnswers, errorBody, sendError, toApiError } from './error-answers.ts'
import { addJsonBodies } from './json-body.ts'
import { addStrictHttp, originForm } from './strict-http.ts'
import { addWebHygiene } from './web-hygiene.ts'

const maxBodyBytes = 65_536
/** A client that sends its request too slowly is cut. These three values work only together. */
const headersTimeoutMs = 7_000
const requestTimeoutMs = 8_000
/** Frequent checks cut few connections at a time, so that other clients do not wait. */
const checkIntervalMs = 250
const jsonType = 'application/json; charset=utf-8'
const keepAliveMs = 72_000
/**
 * A connection without traffic for this long is cut. It must exceed the time that a password waits
 * to be checked, when nothing is sent in either direction.
 */
const stuckMs = 40_000

export interface HttpServerOptions {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly proxies: TrustedProxies
  readonly allowedOrigins: readonly string[]
}

/** A fastify instance with all that the routes share. */
export function createHttpServer({
  logger,
  metrics,
  proxies,
  allowedOrigins,
}: HttpServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    rewriteUrl: originForm,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: stuckMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => void sendError(reply, toApiError(error)),
    clientErrorHandler: answerBrokenHttp,
  })
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const error = new ApiError('invalid_input', 'the only supported expectation is 100-continue')
    response.writeHead(417, { 'content-type': jsonType, connection: 'close' })
    response.end(JSON.stringify(errorBody(error)))
  })
  boundPipelining(app.server)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  addErrorAnswers(app, logger)
  addStrictHttp(app)
  addJsonBodies(app)
  addWebHygiene(app, allowedOrigins, proxies)
  addRequestMetrics(app, metrics)
  return app
}

function addRequestMetrics(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram('http_request_duration_seconds', 'Time to answer a request.', {
    labelNames: ['method', 'route', 'status'],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const { method } = request
    seconds.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
}

/** Answers bytes that are not HTTP. There is no request object, so this writes to the socket. */
function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const large = error.code === 'HPE_HEADER_OVERFLOW'
  const status = late ? 408 : large ? 431 : 400
  const message = late ? 'the request took too long to arrive' : 'the request is not valid HTTP'
  const body = JSON.stringify(errorBody(new ApiError('invalid_input', message)))
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: ${jsonType}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
