import { connect } from 'node:net'

const probeTimeoutMs = 2_000

/** One question at a time over one connection to a port on loopback. */
export interface Dialogue {
  send(bytes: Uint8Array | string): void
  /** Resolves with all bytes since the last call, when `enough` accepts them. */
  receive(enough: (bytes: Buffer) => boolean): Promise<Buffer>
}

/**
 * Runs a dialogue of at most two seconds. Rejects if the other side is missing, hangs up, or is
 * late.
 */
export async function converse(
  port: number,
  dialogue: (peer: Dialogue) => Promise<void>,
  host = '127.0.0.1',
): Promise<void> {
  const socket = connect({ host, port })
  let received = Buffer.alloc(0)
  let wake: () => void = () => undefined
  let failure: Error | null = null
  const fail = (error: Error): void => {
    failure ??= error
    wake()
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error(`port ${port} hung up`)))
  socket.setTimeout(probeTimeoutMs, () => fail(new Error(`port ${port} is silent`)))
  try {
    await dialogue({
      send: (bytes) => void socket.write(bytes),
      receive: async (enough) => {
        while (!enough(received)) {
          if (failure !== null) throw failure
          await new Promise<void>((resolve) => (wake = resolve))
        }
        const bytes = received
        received = Buffer.alloc(0)
        return bytes
      },
    })
  } finally {
    socket.destroy()
  }
}
