import { createRequire } from 'node:module'
import type { ServerFrame } from '@rookery/protocol'

interface FrameOptions {
  fin: boolean
  rsv1: boolean
  opcode: number
  mask: boolean
  readOnly: boolean
}
// Exported by ws, but missing from its types.
const { Sender } = createRequire(import.meta.url)('ws') as {
  Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] }
}
const textFrame = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }

/** A frame on its way out. Its bytes are built once, however many sockets it goes to. */
export class OutFrame {
  readonly json: string
  /** An event may be left out for a slow socket, and several may share a `batch` frame. */
  readonly isEvent: boolean
  #bytes: Buffer | null = null

  constructor(json: string, isEvent: boolean) {
    this.json = json
    this.isEvent = isEvent
  }

  static of(frame: ServerFrame): OutFrame {
    return new OutFrame(JSON.stringify(frame), false)
  }

  /** The WebSocket frame. Servers do not mask, so it is the same for every socket. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.concat(Sender.frame(Buffer.from(this.json), textFrame))
    return this.#bytes
  }
}

/** Adds `requestId` to the JSON of an object that has at least one field. */
export function withRequestId(json: string, requestId: string | undefined): string {
  if (requestId === undefined) return json
  return `${json.slice(0, -1)},"requestId":${JSON.stringify(requestId)}}`
}
