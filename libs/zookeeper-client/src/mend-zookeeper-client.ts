import { createRequire } from 'node:module'

interface ConnectionManager {
  state: number
  socket?: { destroy(): void }
  pendingBuffer: Buffer | null
  setState(state: number): void
  close: (this: ConnectionManager) => void
  connect: (this: ConnectionManager) => void
  onSocketConnected: (this: ConnectionManager) => void
}

const require = createRequire(import.meta.url)
const mended: unique symbol = Symbol.for('rookery.zookeeper.mended')

/**
 * Mends three things in node-zookeeper-client 1.1.3, once a process. The first two end in an
 * exception in a socket's listener, which nobody can catch:
 *
 * - half an answer that it holds when a connection breaks is taken for the beginning of the next
 *   connection's first answer;
 * - a client that is closed while it connects says hello nevertheless, and takes the greeting for
 *   the answer to its last request;
 * - a client that is closed before it has tried to connect throws.
 */
export function mendZooKeeperClient(): void {
  const { prototype, STATES } = require('node-zookeeper-client/lib/ConnectionManager.js') as {
    prototype: ConnectionManager
    STATES: { CONNECTING: number; CLOSING: number }
  }
  if (Object.hasOwn(prototype, mended)) return
  Object.defineProperty(prototype, mended, { value: true })

  const { close, connect, onSocketConnected } = prototype
  prototype.close = function (this: ConnectionManager): void {
    if (this.socket === undefined) this.setState(STATES.CLOSING)
    else close.call(this)
  }
  prototype.connect = function (this: ConnectionManager): void {
    this.pendingBuffer = null
    connect.call(this)
  }
  prototype.onSocketConnected = function (this: ConnectionManager): void {
    if (this.state === STATES.CONNECTING) onSocketConnected.call(this)
    else this.socket?.destroy()
  }
}
