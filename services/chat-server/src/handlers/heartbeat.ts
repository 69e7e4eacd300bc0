import type { Handler } from './handler.ts'

export const heartbeat: Handler<'heartbeat'> = (_ctx, connection, { requestId }) => {
  connection.send({
    type: 'heartbeat_ack',
    ...(requestId === undefined ? {} : { requestId }),
  })
}
