/** A chat system under comparison, running on this machine. */
export interface Peer {
  name: PeerName
  /** All its processes: their CPU is the peer's. */
  pids: readonly number[]
  /** Opens one authenticated socket of the nth client. Resolves when it may join and send. */
  open(client: number): Promise<PeerClient>
  stop(): Promise<void>
}

export const peerNames = ['rookery', 'socketio-redis', 'ws'] as const
/**
 * - `rookery`: `npm start`, every message stored and synced.
 * - `socketio-redis`: two nodes of Socket.IO with its Redis adapter, nothing stored.
 * - `ws`: one process that forwards text to the sockets of a room, nothing stored.
 */
export type PeerName = (typeof peerNames)[number]

export interface PeerClient {
  join(room: string): Promise<void>
  send(text: string): void
  /** Called with every text of the client's room, its own included. */
  onText: (text: string) => void
  close(): void
}
