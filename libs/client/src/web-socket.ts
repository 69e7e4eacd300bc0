/** What is used of a WebSocket: the browser's, Node 22's and `ws` have it in common. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
  /** Only `ws` has it: cuts without a closing handshake, which a dead peer would never answer. */
  terminate?(): void
}

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike

/** The platform's own WebSocket, else `ws`. */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const own = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  if (own !== undefined) return own
  const { WebSocket } = await import('ws')
  return WebSocket as unknown as WebSocketConstructor
}
