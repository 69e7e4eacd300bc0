import type { z } from 'zod'
import { clientFrameSchemas } from './client-frames/index.ts'
import type { ClientFrame, ClientFrameType } from './client-frames/index.ts'
import { inexactness } from './exact-json.ts'
import { channelIdSchema, clientSeqSchema, requestIdSchema } from './ids.ts'
import { hasProtoKey } from './text.ts'

/** A refused frame: the content of its `error` frame, with the fields that are echoed. */
export interface FrameRefusal {
  ok: false
  code: 'invalid_input' | 'unknown_type'
  /** Names the field and the fault. It never repeats the client's input. */
  message: string
  /** The frame is no JSON object, so the server closes the socket with 4000. */
  malformed?: true
  type?: ClientFrameType
  requestId?: string
  channelId?: string
  clientSeq?: number
}

export type ParsedClientFrame = { ok: true; frame: ClientFrame } | FrameRefusal

/** Reads one text frame of a client. Never throws. Unknown fields are dropped. */
export function parseClientFrame(text: string): ParsedClientFrame {
  const value = parseJson(text)
  if (!isJsonObject(value)) {
    return {
      ok: false,
      code: 'invalid_input',
      message: 'a frame must be one JSON object',
      malformed: true,
    }
  }
  // The walk is needed only if the text has the key, spelled out or with an escape.
  if ((text.includes('__proto__') || text.includes('\\u00')) && hasProtoKey(value)) {
    return refuse(value, 'invalid_input', 'the key __proto__ is not allowed')
  }
  const type = value['type']
  if (typeof type !== 'string') return refuse(value, 'invalid_input', 'type: must be a string')
  if (!isClientFrameType(type)) return refuse(value, 'unknown_type', 'type: unknown')
  const parsed = clientFrameSchemas[type].safeParse(value)
  if (parsed.success) {
    const inexact = 'metadata' in parsed.data ? inexactness(text) : null
    if (inexact === null) return { ok: true, frame: parsed.data }
    return { ...refuse(value, 'invalid_input', `metadata: ${inexact}`), type }
  }
  return { ...refuse(value, 'invalid_input', describeFault(parsed.error)), type }
}

export function isClientFrameType(type: string): type is ClientFrameType {
  return Object.hasOwn(clientFrameSchemas, type)
}

/** The first fault of a failed parse in one line: `field.path: why`. */
export function describeFault(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'invalid'
  // Keys of metadata and sync.channels are the client's text, so only the field that holds them is
  // named.
  const field = issue.path[0]
  return field === undefined ? issue.message : `${String(field)}: ${issue.message}`
}

function refuse(
  value: Record<string, unknown>,
  code: FrameRefusal['code'],
  message: string,
): FrameRefusal {
  const requestId = requestIdSchema.safeParse(value['requestId'])
  const channelId = channelIdSchema.safeParse(value['channelId'])
  const clientSeq = clientSeqSchema.safeParse(value['clientSeq'])
  return {
    ok: false,
    code,
    message,
    ...(requestId.success && { requestId: requestId.data }),
    ...(channelId.success && { channelId: channelId.data }),
    ...(clientSeq.success && { clientSeq: clientSeq.data }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
