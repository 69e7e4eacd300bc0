import { restRoutes } from '@rookery/protocol'
import type { OpsHandler } from '@rookery/service-kit'
import type { FastifyInstance } from 'fastify'

/** `/health`, `/ready` and `/metrics`, as every service answers them. */
export function addOps(app: FastifyInstance, handle: OpsHandler): void {
  for (const name of ['health', 'ready', 'metrics'] as const) {
    const { path, summary, answer } = restRoutes[name]
    const content = name === 'metrics' ? 'text/plain' : 'application/json'
    app.route({
      method: 'GET',
      url: path,
      schema: {
        operationId: name,
        tags: ['operations'],
        summary,
        response: { 200: { description: 'Answer', content: { [content]: { schema: answer } } } },
      },
      handler: (request, reply) => {
        // The handler writes to the raw response, which lacks fastify's headers.
        for (const [header, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(header, value)
        }
        reply.hijack()
        handle(request.raw, reply.raw)
      },
    })
  }
}
