import { setTimeout as delay } from 'node:timers/promises'
import { RookeryClient, type SentMessage } from '@rookery/client'
import { BareClient } from '../src/bare-client.ts'
import { call, logIn, newName, password, register, type LoggedIn } from '../src/rest.ts'

export const url: string = process.env['ROOKERY_URL'] ?? 'http://127.0.0.1:3000'

const tries = 20
/** The pause between messages, longer than the limit of sends demands. */
const pauseMs = 400

/**
 * Opens a socket on a chat server that is not in `taken`. The front door picks the server with the
 * fewest sockets, so a socket on a wrong server is kept open until the next one is opened.
 */
export async function connectedElsewhere(
  session: LoggedIn,
  taken: readonly string[],
  more: Record<string, unknown> = {},
): Promise<{ client: BareClient; serverId: string }> {
  let wrong: BareClient | null = null
  for (let i = 0; i < tries; i += 1) {
    const client = await BareClient.connect(session, more)
    await wrong?.close()
    const { serverId } = await client.next((frame) => frame.type === 'authenticated')
    if (!taken.includes(serverId)) return { client, serverId }
    wrong = client
  }
  await wrong?.close()
  throw new Error(`${tries} sockets were all opened on ${taken.join(', ')}`)
}

/**
 * A group of two users with the client library. It keeps all messages that were acknowledged to the
 * writer and shown to the reader.
 */
export class Room {
  readonly sent: SentMessage[] = []
  readonly shown: { seq: number; content: string }[] = []
  readonly channelId: string
  readonly #writer: RookeryClient
  readonly #reader: RookeryClient
  readonly #reading: LoggedIn
  readonly #wake = new Set<() => void>()

  private constructor(
    channelId: string,
    writer: RookeryClient,
    reader: RookeryClient,
    reading: LoggedIn,
  ) {
    this.channelId = channelId
    this.#writer = writer
    this.#reader = reader
    this.#reading = reading
    reader.on('chat_message', ({ seq, content }) => {
      this.shown.push({ seq, content: content ?? '' })
      for (const wake of this.#wake) wake()
    })
  }

  static async open(): Promise<Room> {
    const [ada, bob] = [newName('ada'), newName('bob')]
    const backoff = { minMs: 250, maxMs: 2_000 }
    const writer = new RookeryClient({ url, backoff })
    const reader = new RookeryClient({ url, backoff })
    const [, reading] = await Promise.all([register(url, ada), register(url, bob)])
    await Promise.all([writer.logIn(ada, password), reader.logIn(bob, password)])
    await Promise.all([writer.connect(), reader.connect()])
    const channelId = await writer.createChannel({ name: 'The rookery', participants: [bob] })
    return new Room(channelId, writer, reader, reading)
  }

  /**
   * Sends messages one after another, each once the one before is acknowledged. Resolves with the
   * seq of the last one.
   */
  async say(...contents: string[]): Promise<number> {
    let seq = 0
    for (const content of contents) {
      const sent = await this.#writer.send(this.channelId, content)
      this.sent.push(sent)
      seq = sent.seq
    }
    return seq
  }

  /**
   * Sends messages until the work is done, and one more. Resolves with the seq of the last one.
   */
  async sayWhile(about: string, work: Promise<unknown>): Promise<number> {
    let done = false
    const finished = work.finally(() => (done = true))
    while (!done) {
      await this.say(about)
      await Promise.race([finished, delay(pauseMs)])
    }
    await finished
    return this.say(`${about}: done`)
  }

  /** Resolves with the text of the message with this seq once the reader was shown it. */
  async seen(seq: number): Promise<string> {
    for (;;) {
      const found = this.shown.find((message) => message.seq === seq)
      if (found !== undefined) return found.content
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#wake.delete(wake)
          resolve()
        }
        this.#wake.add(wake)
      })
    }
  }

  /** All messages of the group, read by REST. */
  async history(): Promise<{ seq: number; content?: string }[]> {
    const { sessionToken } = await logIn(url, this.#reading.username)
    const all: { seq: number; content?: string }[] = []
    for (;;) {
      const after = all.at(-1)?.seq ?? 0
      const path = `/channels/${this.channelId}/messages?after=${after}&limit=100`
      const { body } = await call(url, 'GET', path, { token: sessionToken })
      if (body.messages.length === 0) return all
      all.push(...body.messages)
    }
  }

  close(): void {
    this.#writer.close()
    this.#reader.close()
  }
}

export function texts(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i + 1}`)
}
