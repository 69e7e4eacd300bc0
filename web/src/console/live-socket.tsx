import { useEffect, useRef, useState } from 'preact/hooks'
import { consoleDevice, describe, useConsole } from './tools.ts'

interface Line {
  readonly number: number
  readonly text: string
}

const maxLines = 200

/** A socket of this user, to try frames on. */
export function LiveSocket({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { session, fail } = useConsole()
  const socket = useRef<WebSocket | null>(null)
  const [state, setState] = useState<'closed' | 'opening' | 'open'>('closed')
  const [lines, setLines] = useState<readonly Line[]>([])
  const [fault, setFault] = useState('')
  const isShown = useRef(true)
  const count = useRef(0)
  const note = (said: string): void => {
    const line = { number: ++count.current, text: said }
    setLines((before) => [...before, line].slice(-maxLines))
  }
  useEffect(
    () => () => {
      isShown.current = false
      socket.current?.close()
    },
    [],
  )
  const open = async (): Promise<void> => {
    setState('opening')
    const { sessionToken: token, servers } = await session.renew()
    if (!isShown.current) return
    const { url } = servers.chat
    const made = new WebSocket(location.protocol === 'https:' ? url.replace(/^ws:/, 'wss:') : url)
    socket.current = made
    made.onopen = () => {
      note(`open ${made.url}`)
      const frame = { type: 'authenticate', deviceId: consoleDevice, session: crypto.randomUUID() }
      made.send(JSON.stringify({ ...frame, token }))
      note(`→ ${JSON.stringify({ ...frame, token: '…' })}`)
      setState('open')
    }
    made.onmessage = ({ data }) => note(`← ${String(data)}`)
    made.onclose = ({ code, reason }) => {
      note(`closed ${code} ${reason}`)
      setState('closed')
    }
  }
  const send = (): void => {
    try {
      const frame = JSON.stringify(JSON.parse(text))
      socket.current?.send(frame)
      note(`→ ${frame}`)
      setFault('')
    } catch (error) {
      setFault(describe(error))
    }
  }
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => list.current?.scrollTo(0, list.current.scrollHeight), [lines])
  return (
    <section class="card" aria-labelledby="socket-title">
      <header>
        <h2 id="socket-title">A socket to try it on</h2>
        {state === 'open' ? (
          <button type="button" class="quiet" onClick={() => socket.current?.close(1000)}>
            Close
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={state === 'opening'}
            onClick={() => {
              open().catch((error: unknown) => {
                setState('closed')
                fail(error)
              })
            }}
          >
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
          aria-invalid={fault !== ''}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </label>
      {fault !== '' && (
        <p class="warn" role="alert">
          {fault}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="primary" disabled={state !== 'open'} onClick={send}>
          Send
        </button>
      </div>
      <ol class="box" ref={list} tabIndex={0} aria-label="Frames of this socket">
        {lines.map(({ number, text: line }) => (
          <li key={number}>
            <span>{number}</span>
            <span>{line}</span>
          </li>
        ))}
        {lines.length === 0 && <li class="none">What the socket sends and gets appears here.</li>}
      </ol>
    </section>
  )
}
