import type { ClientFrame } from '@rookery/protocol'
import { Connection, type ConnectionDeps, type Identity } from '../src/sockets/connection.ts'
import { Flusher } from '../src/sockets/socket-writer.ts'
import { LocalUser } from '../src/users/local-user.ts'
import { FakeFrameSocket, FakeTcpSocket } from './fake-socket.ts'
import { Count } from './quiet-hub-deps.ts'

/** A connection over fake sockets. */
export function openConnection({ handle, ...more }: Partial<ConnectionDeps> = {}) {
  const counters = { lagged: new Count(), refusals: new Count(), floods: new Count() }
  const logged: unknown[] = []
  const handled: ClientFrame[] = []
  const left: Connection[] = []
  const answeredProbes: Connection[] = []
  const deps: ConnectionDeps = {
    config: { requestsPerSecond: 10, requestBurst: 5, maxRefusals: 3 },
    counters,
    logger: { error: (what: unknown) => logged.push(what) },
    flusher: new Flusher(),
    handle: async (connection, frame) => {
      handled.push(frame)
      await handle?.(connection, frame)
    },
    probeAnswered: (connection) => answeredProbes.push(connection),
    left: (connection) => left.push(connection),
    ...more,
  }
  const ws = new FakeFrameSocket()
  const tcp = new FakeTcpSocket()
  const connection = new Connection(deps, ws, tcp)
  const receive = (frame: ClientFrame | string): void => {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    ws.emit('message', Buffer.from(text), false)
  }
  return { connection, ws, tcp, receive, counters, logged, handled, left, answeredProbes }
}

export function identityOf(username: string, session = 's'): Identity {
  return {
    user: new LocalUser(username, { messagesPerSecond: 10, messageBurst: 5 }),
    claims: {
      username,
      displayName: username,
      familyId: `family of ${username}`,
      admin: false,
      tokenId: 't',
      issuedAtMs: 0,
      expiresAtMs: 1,
    },
    displayName: username,
    session,
    deviceId: 'd',
    namedSession: null,
  }
}
