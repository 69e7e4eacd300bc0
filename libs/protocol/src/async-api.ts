import { z } from 'zod'
import { answerTypes } from './answers.ts'
import { clientFrameSchemas } from './client-frames/index.ts'
import type { ClientFrameType } from './client-frames/index.ts'
import { connectQuerySchema } from './client-frames/connection.ts'
import {
  channelSchema,
  chatServerSchema,
  messageSchema,
  participantSchema,
  presenceSchema,
} from './entities.ts'
import { frameExamples } from './examples.ts'
import { isEventType } from './frame-types.ts'
import { limitsSchema } from './limits.ts'
import { serverFrameSchemas } from './server-frames.ts'
import { metadataSchema } from './text.ts'

type Json = Record<string, unknown>

const shared = {
  Channel: channelSchema,
  ChatServer: chatServerSchema,
  Limits: limitsSchema,
  Message: messageSchema,
  Metadata: metadataSchema,
  Participant: participantSchema,
  Presence: presenceSchema,
}

/**
 * The AsyncAPI 3 document of the socket, seen from the server: it receives the client's frames and
 * sends its own. `version` is the version of the platform.
 */
export function asyncApiDocument(version: string): Json {
  const clientTypes = Object.keys(clientFrameSchemas) as ClientFrameType[]
  const serverTypes = Object.keys(serverFrameSchemas)
  const messages: Record<string, Json> = {}
  for (const type of clientTypes) {
    messages[`client.${type}`] = message(type, 'client', 'client → server')
  }
  for (const type of serverTypes) {
    const summary = isEventType(type) ? 'server → client, an event' : 'server → client'
    messages[`server.${type}`] = message(type, 'server', summary)
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Rookery socket',
      version,
      description:
        'Each frame is a JSON text, and `type` names its kind. Ignore unknown fields and types, but count the seq of every event.',
    },
    defaultContentType: 'application/json',
    servers: {
      local: {
        host: '127.0.0.1:3001',
        protocol: 'ws',
        description: 'Open the `url` that POST /auth or GET /servers answered.',
      },
    },
    channels: {
      socket: {
        address: '/',
        description:
          'The first frame is authenticate, within 5 s, unless the token is in the query.',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, ref(`components/messages/${name}`)]),
        ),
        bindings: {
          ws: { query: clean(z.toJSONSchema(connectQuerySchema, jsonSchemaOptions)) },
        },
      },
    },
    operations: {
      ...Object.fromEntries(clientTypes.map((type) => [`receive.${type}`, receive(type)])),
      push: {
        action: 'send',
        channel: ref('channels/socket'),
        messages: serverTypes.map((type) => ref(`channels/socket/messages/server.${type}`)),
      },
    },
    components: { messages, schemas: componentSchemas() },
  }
}

function message(type: string, side: 'client' | 'server', summary: string): Json {
  return {
    name: type,
    title: type,
    summary,
    payload: ref(`components/schemas/${side}.${type}`),
    examples: [{ payload: frameExamples[`${side}.${type}`] }],
  }
}

function receive(type: ClientFrameType): Json {
  const answers: readonly string[] = answerTypes[type]
  const operation = {
    action: 'receive',
    channel: ref('channels/socket'),
    messages: [ref(`channels/socket/messages/client.${type}`)],
  }
  if (answers.length === 0) return operation
  return {
    ...operation,
    reply: {
      channel: ref('channels/socket'),
      messages: [...answers, 'error'].map((answer) =>
        ref(`channels/socket/messages/server.${answer}`),
      ),
    },
  }
}

// The schemas for clients: unknown fields are allowed in both directions.
const jsonSchemaOptions = { io: 'input', target: 'draft-7' } as const

function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(shared)) registry.add(schema, { id })
  for (const [type, schema] of Object.entries(clientFrameSchemas)) {
    registry.add(schema, { id: `client.${type}` })
  }
  for (const [type, schema] of Object.entries(serverFrameSchemas)) {
    registry.add(schema, { id: `server.${type}` })
  }
  const { schemas } = z.toJSONSchema(registry, {
    ...jsonSchemaOptions,
    uri: (id) => `#/components/schemas/${id}`,
  })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, clean(schema)]))
}

/** Removes the identifiers that AsyncAPI's resolver would follow. */
function clean(schema: object): Json {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => !['$schema', '$id', 'id', '~standard'].includes(key)),
  )
}

function ref(path: string): Json {
  return { $ref: `#/${path}` }
}
