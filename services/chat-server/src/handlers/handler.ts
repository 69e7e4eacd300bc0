import type { ClientFrameOf, ClientFrameType } from '@rookery/protocol'
import type { ChatContext } from '../context.ts'
import type { Connection } from '../sockets/connection.ts'

/**
 * Handles one kind of frame. Resolves when the next frame of the socket may be handled. Rejects
 * with the reason for which the request is refused. A handler may name the part of the context that
 * it needs as `Deps`.
 */
export type Handler<Type extends ClientFrameType, Deps = ChatContext> = (
  ctx: Deps,
  connection: Connection,
  frame: ClientFrameOf<Type>,
) => Promise<void> | void
