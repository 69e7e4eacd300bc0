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
 * Corrects three faults of node-zookeeper-client 1.1.3, once in a process. The first two end in an
 * exception in a listener of the socket, which no caller can catch:
 *
 * - When a connection breaks in the middle of an answer, the library takes the first half for the
 *   beginning of the next connection's first answer. Now the half is dropped.
 * - A client that is closed while it connects still requests a ZooKeeper session, and takes the
 *   server's answer for the answer to its last request. Now it closes the connection.
 * - A client that is closed before it has tried to connect throws. Now it does not.
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
