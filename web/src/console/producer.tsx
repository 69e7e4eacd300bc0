import type { Channel } from '@rookery/protocol'
import { useRef, useState } from 'preact/hooks'
import { ChannelField } from './channel-field.tsx'
import { faultOf, type Format, pretty } from './formats.ts'
import { describe, useConsole, wait, waitOf } from './tools.ts'

interface Run {
  readonly total: number
  readonly sent: number
  readonly lastSeq: number | null
  readonly note: string
}

const maxCount = 100_000
const maxRate = 50
const keptSent = 50

/** Sends messages to a channel, one by one or many at a rate; each is stored exactly once. */
export function Producer() {
  const { session, fail } = useConsole()
  const [channel, setChannel] = useState<Channel | null>(null)
  const [format, setFormat] = useState<Format>('text')
  const [text, setText] = useState('')
  const [sent, setSent] = useState<readonly { seq: number; content: string }[]>([])
  const [busy, setBusy] = useState(false)
  const fault = faultOf(format, text)

  const send = async (content: string): Promise<number> => {
    if (channel === null) throw new Error('choose a channel first')
    const { seq } = await produce(session, channel.channelId, content, () => true)
    setSent((before) => [{ seq, content }, ...before].slice(0, keptSent))
    return seq
  }
  return (
    <section class="card" aria-labelledby="producer-title">
      <h2 id="producer-title">Producer</h2>
      <div class="fields">
        <ChannelField value={channel} onChoose={setChannel} />
        <label>
          Format
          <select
            value={format}
            onChange={(event) => setFormat(event.currentTarget.value as Format)}
          >
            <option value="text">Text</option>
            <option value="json">JSON</option>
            <option value="xml">XML</option>
          </select>
        </label>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setBusy(true)
          send(text)
            .then(() => setText(''), fail)
            .finally(() => setBusy(false))
        }}
      >
        <label>
          Message
          <textarea
            class="code"
            dir="auto"
            spellcheck={false}
            value={text}
            aria-invalid={fault !== null}
            aria-describedby={fault === null ? undefined : 'producer-fault'}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {fault !== null && (
          <p class="warn" id="producer-fault" role="alert">
            {fault}
          </p>
        )}
        <div class="buttons">
          {format !== 'text' && (
            <button
              type="button"
              class="quiet"
              disabled={fault !== null || text.trim() === ''}
              onClick={() => setText(pretty(format, text))}
            >
              Pretty-print
            </button>
          )}
          <button
            class="primary"
            disabled={busy || channel === null || text.trim() === '' || fault !== null}
          >
            Send
          </button>
        </div>
      </form>
      <Many channel={channel} />
      {sent.length > 0 && (
        <ol class="box" aria-label="Sent messages, the newest first">
          {sent.map(({ seq, content }) => (
            <li key={seq}>
              <span>{seq}</span>
              <span dir="auto">{content}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

/** Sends numbered messages at a rate. */
function Many({ channel }: { channel: Channel | null }) {
  const { session } = useConsole()
  const [count, setCount] = useState('100')
  const [rate, setRate] = useState('5')
  const [text, setText] = useState('Message {n}')
  const [run, setRun] = useState<Run | null>(null)
  const going = useRef(false)
  const [isGoing, setGoing] = useState(false)

  const start = async (): Promise<void> => {
    if (channel === null) return
    const total = Math.min(maxCount, Number(count))
    const everyMs = 1_000 / Math.min(maxRate, Number(rate))
    going.current = true
    setGoing(true)
    setRun({ total, sent: 0, lastSeq: null, note: '' })
    const begin = performance.now()
    try {
      for (let n = 1; n <= total && going.current; n += 1) {
        await wait(Math.max(0, begin + (n - 1) * everyMs - performance.now()))
        const content = text.replaceAll('{n}', String(n))
        const note = (line: string): void => setRun((before) => before && { ...before, note: line })
        const { seq } = await produce(session, channel.channelId, content, (waitMs) => {
          note(`The server asks to wait ${Math.ceil(waitMs / 1_000)} s.`)
          return going.current
        })
        setRun({ total, sent: n, lastSeq: seq, note: '' })
      }
    } catch (error) {
      setRun((before) => before && { ...before, note: describe(error) })
    }
    going.current = false
    setGoing(false)
  }
  const isValid = Number(count) >= 1 && Number(rate) > 0
  return (
    <details>
      <summary>Send many</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void start()
        }}
      >
        <div class="fields">
          <label>
            Messages
            <input
              type="number"
              min={1}
              max={maxCount}
              value={count}
              onInput={(event) => setCount(event.currentTarget.value)}
            />
          </label>
          <label>
            Per second
            <input
              type="number"
              min={0.1}
              max={maxRate}
              step="any"
              value={rate}
              onInput={(event) => setRate(event.currentTarget.value)}
            />
          </label>
          <label>
            Text; {'{n}'} is the number
            <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
        </div>
        {run !== null && (
          <div>
            <progress value={run.sent} max={run.total} aria-label="Messages sent" />
            <p role="status">
              {run.sent} of {run.total} stored
              {run.lastSeq !== null && `, the last one as number ${run.lastSeq}`}. {run.note}
            </p>
          </div>
        )}
        <div class="buttons">
          {isGoing ? (
            <button type="button" class="danger" onClick={() => (going.current = false)}>
              Stop
            </button>
          ) : (
            <button class="primary" disabled={channel === null || !isValid}>
              Start
            </button>
          )}
        </div>
      </form>
    </details>
  )
}

const producerSession = `console-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`
let nextClientSeq = 1

/**
 * Stores one message. After a refusal that names a time, and after a lost answer, the same message
 * is sent again under the same number, so it is stored once.
 *
 * @param mayWait is asked before each wait; false ends it
 */
async function produce(
  session: ReturnType<typeof useConsole>['session'],
  channelId: string,
  content: string,
  mayWait: (waitMs: number) => boolean,
): Promise<{ seq: number }> {
  const clientSeq = nextClientSeq++
  for (;;) {
    try {
      return await session.rest('produceMessage', {
        params: { channelId },
        body: { content, session: producerSession, clientSeq },
      })
    } catch (error) {
      const waitMs = waitOf(error)
      if (waitMs === null || !mayWait(waitMs)) throw error
      await wait(Math.max(100, waitMs))
    }
  }
}
