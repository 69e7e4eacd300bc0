import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The most requests of one connection whose answers the client has not read. Today's clients send
 * one at a time.
 */
const maxUnanswered = 20

/**
 * Cuts a connection that sends requests and does not read the answers. Node reads 64 KiB ahead,
 * which is room for 1,700 requests, and would produce all their answers: each such connection would
 * hold megabytes. Call this after the server has its handlers. They do not see the requests above
 * the bound.
 */
export function boundPipelining(server: Server): void {
  const handlers = server.listeners('request')
  server.removeAllListeners('request')
  const unanswered = new WeakMap<Socket, number>()
  server.on('request', (request, response) => {
    const { socket } = request
    if (socket.destroyed) return
    const count = (unanswered.get(socket) ?? 0) + 1
    if (count > maxUnanswered) {
      socket.destroy()
      return
    }
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    for (const handle of handlers) handle.call(server, request, response)
  })
}
