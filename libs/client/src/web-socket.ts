/** The part of a WebSocket that is used: the browser's, Node 22's and `ws` share it. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
  /**
   * Only `ws` has it. It cuts without a closing handshake, which a dead peer would never answer.
   */
  terminate?(): void
}

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike

/**
 * `ws` in Node, because Node's own does not say why a connection failed. Elsewhere the platform's
 * own, or `ws` if it has none.
 */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const platform = globalThis as {
    WebSocket?: WebSocketConstructor
    process?: { versions?: { node?: string } }
  }
  const isNode = platform.process?.versions?.node !== undefined
  if (!isNode && platform.WebSocket !== undefined) return platform.WebSocket
  const { WebSocket } = await import('ws')
  return WebSocket as unknown as WebSocketConstructor
}
