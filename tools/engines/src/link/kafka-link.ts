import { Link, type Tap } from './link.ts'

/** The first number of a request: https://kafka.apache.org/protocol#protocol_api_keys */
const apiKeys = { produce: 0, metadata: 3, findCoordinator: 10 }

/**
 * A breakable way to a Kafka broker. Clients connect to the address in the broker's answers, so the
 * link puts its own address there. It can swallow the answers to produce requests: the records are
 * then stored but not acknowledged.
 */
export class KafkaLink extends Link {
  #swallow = 0
  #swallowed = 0

  constructor(target: string) {
    super(target, () => this.#tap(target))
  }

  /** Swallows the next `count` answers to produce requests. Their connections stay open. */
  swallowProduced(count: number): void {
    this.#swallow = count
  }

  /** The number of swallowed produce answers so far. */
  get swallowed(): number {
    return this.#swallowed
  }

  #tap(target: string): Tap {
    const [host = '', port] = target.split(':')
    const address = Buffer.alloc(host.length + 4)
    address.write(host)
    address.writeInt32BE(Number(port), host.length)
    const asked = new Map<number, number>()
    const requests = new Frames()
    const answers = new Frames()
    return {
      to: (bytes) => {
        const frames = requests.push(bytes)
        // Size, API key, API version, correlation id.
        for (const frame of frames) asked.set(frame.readInt32BE(8), frame.readInt16BE(4))
        return Buffer.concat(frames)
      },
      from: (bytes) =>
        Buffer.concat(answers.push(bytes).filter((frame) => this.#passes(frame, asked, address))),
    }
  }

  #passes(frame: Buffer, asked: Map<number, number>, address: Buffer): boolean {
    const id = frame.readInt32BE(4)
    const apiKey = asked.get(id)
    asked.delete(id)
    if (apiKey === apiKeys.produce && this.#swallow > 0) {
      this.#swallow -= 1
      this.#swallowed += 1
      return false
    }
    if (apiKey === apiKeys.metadata || apiKey === apiKeys.findCoordinator)
      for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1))
        frame.writeInt32BE(this.port, at + address.length - 4)
    return true
  }
}

/** Cuts a stream into whole frames, each after its size. */
class Frames {
  #rest: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): Buffer[] {
    const frames: Buffer[] = []
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = 4 + rest.readInt32BE(0)
      frames.push(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
    this.#rest = rest
    return frames
  }
}
