import { closeCodes, type CloseCode } from '@rookery/protocol'
import { WebSocket } from 'ws'
import { RequestError } from '../request-error.ts'

/** The fault of a frame that cannot be read, and the code of the close that follows. */
export interface FrameFault {
  readonly error: RequestError
  readonly code: CloseCode
}

const faults: Readonly<Record<number, FrameFault>> = {
  1002: fault('invalid_input', 'the frame breaks RFC 6455', closeCodes.protocolViolation),
  1007: fault('invalid_input', 'a text frame must be valid UTF-8', closeCodes.invalidPayload),
  1008: fault('too_large', 'the message comes in too many fragments', closeCodes.tooManyFragments),
  1009: fault('too_large', 'the frame is larger than maxFrameBytes', closeCodes.tooBig),
}

/**
 * A socket that reports a frame that ws cannot read. ws alone would close with a code and without a
 * reason, before the server could send an `error`.
 */
export class ChatSocket extends WebSocket {
  /** Called before ws closes. If the listener closes the socket, its code and reason are sent. */
  onFault: (fault: FrameFault) => void = () => undefined

  override close(code?: number, reason?: string | Buffer): void {
    // Only ws itself gives a code without a reason.
    const fault = reason === undefined && code !== undefined ? faults[code] : undefined
    if (fault !== undefined) this.onFault(fault)
    super.close(code, reason)
  }
}

function fault(code: 'invalid_input' | 'too_large', text: string, close: CloseCode): FrameFault {
  return { error: new RequestError(code, text), code: close }
}
