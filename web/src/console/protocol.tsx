import { useEffect, useRef, useState } from 'preact/hooks'
import { Table } from './cluster.tsx'
import { describe, useConsole } from './tools.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly $ref?: string
  readonly anyOf?: readonly Schema[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}
interface Frame {
  readonly key: string
  readonly name: string
  readonly summary: string
  readonly payload: Schema
  readonly example: unknown
}

const maxLines = 200

/** Every frame of the socket, from the server's own document, and a socket to try them on. */
export function ProtocolPage() {
  const { fail } = useConsole()
  const [frames, setFrames] = useState<readonly Frame[]>([])
  const [chosen, setChosen] = useState<string>('client.chat_message')
  useEffect(() => {
    fetch('/asyncapi.json')
      .then((answer) => answer.json())
      .then((document: unknown) => setFrames(framesOf(document)), fail)
  }, [])
  const frame = frames.find(({ key }) => key === chosen)
  const [text, setText] = useState('')
  useEffect(() => {
    if (frame !== undefined && frame.key.startsWith('client.'))
      setText(JSON.stringify(frame.example ?? { type: frame.name }, null, 2))
  }, [frame])
  return (
    <>
      <section class="card" aria-labelledby="frames-title">
        <h2 id="frames-title">Frames</h2>
        <label>
          Frame
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {['client', 'server'].map((side) => (
              <optgroup
                key={side}
                label={side === 'client' ? 'Client → server' : 'Server → client'}
              >
                {frames
                  .filter(({ key }) => key.startsWith(`${side}.`))
                  .map(({ key, name }) => (
                    <option key={key} value={key}>
                      {name}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        {frame !== undefined && <FrameDetails frame={frame} />}
      </section>
      <LiveSocket text={text} onText={setText} />
    </>
  )
}

function FrameDetails({ frame }: { frame: Frame }) {
  const { properties = {}, required = [] } = frame.payload
  return (
    <>
      <p>{frame.summary}</p>
      <Table head={['Field', 'Type', 'Needed', 'Meaning']}>
        {Object.entries(properties).map(([name, schema]) => (
          <tr key={name}>
            <td>
              <code>{name}</code>
            </td>
            <td>{typeOf(schema)}</td>
            <td>{required.includes(name) ? 'yes' : ''}</td>
            <td>{schema.description ?? ''}</td>
          </tr>
        ))}
      </Table>
      {frame.example !== undefined && (
        <pre class="code" tabIndex={0}>
          {JSON.stringify(frame.example, null, 2)}
        </pre>
      )}
    </>
  )
}

function LiveSocket({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { session, fail } = useConsole()
  const socket = useRef<WebSocket | null>(null)
  const [isOpen, setOpen] = useState(false)
  const [lines, setLines] = useState<readonly string[]>([])
  const note = (line: string): void => setLines((before) => [...before, line].slice(-maxLines))
  useEffect(() => () => socket.current?.close(), [])
  const open = async (): Promise<void> => {
    const { sessionToken, servers } = await session.renew()
    const url =
      location.protocol === 'https:' ? servers.chat.url.replace(/^ws:/, 'wss:') : servers.chat.url
    const made = new WebSocket(url)
    socket.current = made
    made.onopen = () => {
      setOpen(true)
      note(`open ${url}`)
      made.send(JSON.stringify({ type: 'authenticate', token: sessionToken }))
      note('→ {"type":"authenticate","token":"…"}')
    }
    made.onmessage = ({ data }) => note(`← ${String(data)}`)
    made.onclose = ({ code, reason }) => {
      setOpen(false)
      note(`closed ${code} ${reason}`)
    }
  }
  const send = (): void => {
    try {
      const frame = JSON.stringify(JSON.parse(text))
      socket.current?.send(frame)
      note(`→ ${frame}`)
    } catch (error) {
      note(describe(error))
    }
  }
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => list.current?.scrollTo(0, list.current.scrollHeight), [lines])
  return (
    <section class="card" aria-labelledby="socket-title">
      <header>
        <h2 id="socket-title">A socket to try it on</h2>
        {isOpen ? (
          <button type="button" class="quiet" onClick={() => socket.current?.close(1000)}>
            Close
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => void open().catch(fail)}>
            Open as me
          </button>
        )}
      </header>
      <label>
        Frame to send
        <textarea
          class="code"
          spellcheck={false}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="button" class="primary" disabled={!isOpen} onClick={send}>
          Send
        </button>
      </div>
      <ol class="box" ref={list} tabIndex={0} aria-label="Frames of this socket">
        {lines.map((line, index) => (
          <li key={index}>
            <span>{index + 1}</span>
            <span>{line}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function framesOf(document: unknown): Frame[] {
  const { components } = document as {
    components: { messages: Record<string, Message>; schemas: Record<string, Schema> }
  }
  return Object.entries(components.messages).map(([key, message]) => ({
    key,
    name: message.name ?? key.split('.')[1] ?? key,
    summary: message.summary ?? '',
    payload: components.schemas[message.payload.$ref?.split('/').at(-1) ?? ''] ?? {},
    example: message.examples?.[0]?.payload,
  }))
}
interface Message {
  readonly name?: string
  readonly summary?: string
  readonly payload: Schema
  readonly examples?: readonly { payload: unknown }[]
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(' | ')
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ')
  if (schema.items !== undefined) return `${typeOf(schema.items)}[]`
  const type = [schema.type ?? 'any'].flat().join(' | ')
  const limits = [
    schema.minLength !== undefined && `≥ ${schema.minLength}`,
    schema.maxLength !== undefined && `≤ ${schema.maxLength}`,
    schema.minimum !== undefined && `≥ ${schema.minimum}`,
    schema.maximum !== undefined &&
      schema.maximum < Number.MAX_SAFE_INTEGER &&
      `≤ ${schema.maximum}`,
  ].filter((limit) => limit !== false)
  return limits.length === 0 ? type : `${type} (${limits.join(', ')})`
}
