import type { ClientFrameOf, ClientFrameType } from '@rookery/protocol'
import type { ChatContext } from '../context.ts'
import type { Connection } from '../sockets/connection.ts'

/**
 * Handles one kind of frame. Resolves when the next frame of the socket may be handled. Rejects with
 * the reason for which the request is refused.
 */
export type Handler<Type extends ClientFrameType> = (
  ctx: ChatContext,
  connection: Connection,
  frame: ClientFrameOf<Type>,
) => Promise<void> | void
