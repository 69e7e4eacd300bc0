import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { PeerClient } from './peer.ts'

/** One socket that counts texts and sends JSON; the three protocols differ in their frames. */
abstract class SocketClient implements PeerClient {
  onText: (text: string) => void = () => undefined
  protected room = ''
  protected readonly ws: WebSocket
  #waiting: { wanted: string; resolve(frame: string): void } | null = null

  constructor(url: string) {
    this.ws = new WebSocket(url, { perMessageDeflate: false })
    this.ws.on('error', () => undefined)
    this.ws.on('message', (data: Buffer) => this.#receive(data.toString()))
  }

  abstract join(room: string): Promise<void>
  abstract send(text: string): void
  /** The text in a frame that shows a message; null: the frame is something else. */
  protected abstract textIn(frame: string): string | null

  close(): void {
    this.ws.terminate()
  }

  /** Resolves with the next frame that contains `wanted`. */
  protected next(wanted: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { wanted, resolve }
      this.ws.once('close', () => reject(new Error(`closed before ${wanted}`)))
    })
  }

  /** Answers a frame of the transport, such as a ping. @returns true if it was one */
  protected isTransport(_frame: string): boolean {
    return false
  }

  #receive(frame: string): void {
    if (this.isTransport(frame)) return
    const text = this.textIn(frame)
    if (text !== null) this.onText(text)
    const waiting = this.#waiting
    if (waiting === null || !frame.includes(waiting.wanted)) return
    this.#waiting = null
    waiting.resolve(frame)
  }
}

/** A client of the plain `ws` server. */
export class PlainClient extends SocketClient {
  static async open(port: number, token: string): Promise<PlainClient> {
    const client = new PlainClient(`ws://127.0.0.1:${port}/?token=${token}`)
    await client.next('"welcome"')
    return client
  }

  async join(room: string): Promise<void> {
    this.room = room
    this.ws.send(JSON.stringify({ t: 'join', room }))
    await this.next('"joined"')
  }

  send(text: string): void {
    this.ws.send(JSON.stringify({ t: 'text', room: this.room, text }))
  }

  protected textIn(frame: string): string | null {
    return between(frame, '"text":"', '"')
  }
}

/** A client of Socket.IO 4 (Engine.IO 4) over WebSocket alone. */
export class SocketIoClient extends SocketClient {
  static async open(port: number, token: string): Promise<SocketIoClient> {
    const client = new SocketIoClient(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    await client.next('"sid"')
    client.ws.send(`40${JSON.stringify({ token })}`)
    await client.next('40{')
    return client
  }

  async join(room: string): Promise<void> {
    this.room = room
    this.ws.send(`420${JSON.stringify(['join', room])}`)
    await this.next('430')
  }

  send(text: string): void {
    this.ws.send(`42${JSON.stringify(['text', { room: this.room, text }])}`)
  }

  protected override isTransport(frame: string): boolean {
    if (frame !== '2') return false
    this.ws.send('3')
    return true
  }

  protected textIn(frame: string): string | null {
    return frame.startsWith('42') ? between(frame, '"text":"', '"') : null
  }
}

/** A client of Rookery. */
export class RookeryPeerClient extends SocketClient {
  #channelId = ''
  #clientSeq = 0

  static async open(url: string, token: string, device: string): Promise<RookeryPeerClient> {
    const client = new RookeryPeerClient(url)
    await once(client.ws, 'open')
    const listed = client.next('"channels_list"')
    client.ws.send(
      JSON.stringify({ type: 'authenticate', token, deviceId: device, session: device }),
    )
    await listed
    return client
  }

  /** The first member of a room creates it. */
  async join(room: string): Promise<void> {
    const join = { type: 'join_channel', name: room, limit: 1 }
    let answer = await this.#ask(join)
    if (isRefusal(answer))
      answer = await this.#ask({ type: 'create_channel', kind: 'public', name: room })
    if (isRefusal(answer)) answer = await this.#ask(join)
    if (isRefusal(answer)) throw new Error(answer)
    this.#channelId = between(answer, '"channelId":"', '"') ?? ''
  }

  send(text: string): void {
    this.#clientSeq += 1
    const { channelId, clientSeq } = { channelId: this.#channelId, clientSeq: this.#clientSeq }
    this.ws.send(JSON.stringify({ type: 'chat_message', channelId, content: text, clientSeq }))
  }

  protected textIn(frame: string): string | null {
    return frame.startsWith('{"type":"chat_message"') ? between(frame, '"content":"', '"') : null
  }

  #ask(frame: object): Promise<string> {
    const answer = this.next('"requestId":"ask"')
    this.ws.send(JSON.stringify({ ...frame, requestId: 'ask' }))
    return answer
  }
}

function isRefusal(frame: string): boolean {
  return frame.startsWith('{"type":"error"')
}

function between(text: string, before: string, after: string): string | null {
  const from = text.indexOf(before)
  if (from < 0) return null
  const to = text.indexOf(after, from + before.length)
  return to < 0 ? null : text.slice(from + before.length, to)
}
