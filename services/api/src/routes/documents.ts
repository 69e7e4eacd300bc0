import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { asyncApiDocument } from '@rookery/protocol'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** The version of the contract, not of the software. */
const contractVersion = '1.0.0'

/**
 * The page loads nothing from other hosts. The policy of the library allows styles from anywhere.
 * It also upgrades all requests to https, so that the page stays blank without TLS.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Must be registered before the routes that it describes. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rookery',
        version: contractVersion,
        description:
          'The REST side of the chat platform. The socket is described in /asyncapi.json.',
      },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
}

/** `/openapi.json`, `/asyncapi.json`, and a page to read and try the calls. */
export async function addDocuments(app: FastifyInstance): Promise<void> {
  // All answers share these bytes, so slow clients need no memory of their own.
  const asyncApi = Buffer.from(JSON.stringify(asyncApiDocument(contractVersion)))
  let openApi: Buffer | null = null
  const json = 'application/json; charset=utf-8'
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    openApi ??= Buffer.from(JSON.stringify(app.swagger()))
    return reply.type(json).send(openApi)
  })
  app.get('/asyncapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(json).send(asyncApi),
  )
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme: { title: 'Rookery REST' },
    // The page must not send this server's address to the public validator.
    uiConfig: { validatorUrl: null },
  })
}
