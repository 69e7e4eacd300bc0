import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Frame {
  type: string
  requestId?: string
  channelId?: string
  seq?: number
  content?: string
  clientSeq?: number
  code?: string
  more?: boolean
}

const password = 'benchmark password'

/** One simulated user: a bare socket, whose frames go to `onFrame`. */
export class User {
  onFrame: (frame: Frame) => void = () => undefined
  #requests = 0
  readonly #waiting = new Map<string, (frame: Frame) => void>()
  readonly name: string
  readonly #ws: WebSocket

  private constructor(name: string, ws: WebSocket) {
    this.name = name
    this.#ws = ws
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame
      const waiting = frame.requestId === undefined ? undefined : this.#waiting.get(frame.requestId)
      if (waiting === undefined) this.onFrame(frame)
      else waiting(frame)
    })
  }

  /** Registers, or logs in, and connects. */
  static async connect(server: string, name: string): Promise<User> {
    const body = JSON.stringify({ username: name, password })
    const headers = { 'content-type': 'application/json' }
    let response = await fetch(`${server}/auth/register`, { method: 'POST', headers, body })
    if (response.status === 409)
      response = await fetch(`${server}/auth`, { method: 'POST', headers, body })
    const answer = (await response.json()) as {
      sessionToken: string
      servers: { chat: { url: string } }
    }
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`)
    const ws = new WebSocket(answer.servers.chat.url)
    const user = new User(name, ws)
    await once(ws, 'open')
    const listed = new Promise<void>((resolve, reject) => {
      user.onFrame = (frame) => {
        if (frame.type === 'channels_list' && frame.more === false) resolve()
        if (frame.type === 'error') reject(new Error(`${name}: ${JSON.stringify(frame)}`))
      }
    })
    user.send({ type: 'authenticate', token: answer.sessionToken })
    await listed
    user.onFrame = () => undefined
    return user
  }

  send(frame: unknown): void {
    this.#ws.send(JSON.stringify(frame))
  }

  async request(frame: Record<string, unknown>): Promise<Frame> {
    this.#requests += 1
    const requestId = `q${this.#requests}`
    return new Promise((resolve) => {
      this.#waiting.set(requestId, (answer) => {
        this.#waiting.delete(requestId)
        resolve(answer)
      })
      this.send({ ...frame, requestId })
    })
  }

  close(): void {
    this.#ws.terminate()
  }
}
