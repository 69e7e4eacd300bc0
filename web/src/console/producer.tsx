import type { Channel } from '@rookery/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ChannelField } from './channel-field.tsx'
import { faultOf, type Format, pretty } from './formats.ts'
import { produce } from './produce.ts'
import { SendMany } from './send-many.tsx'
import { useConsole } from './tools.ts'

const keptSent = 50

/** Sends messages to a channel, one by one or many at a rate; each is stored exactly once. */
export function Producer() {
  const { session, fail } = useConsole()
  const [channel, setChannel] = useState<Channel | null>(null)
  const [format, setFormat] = useState<Format>('text')
  const [text, setText] = useState('')
  const [sent, setSent] = useState<readonly { seq: number; content: string }[]>([])
  const [note, setNote] = useState('')
  const [isSending, setSending] = useState(false)
  const sending = useRef(new AbortController())
  useEffect(() => () => sending.current.abort(), [])
  const fault = faultOf(format, text)

  const send = async (channelId: string, content: string): Promise<void> => {
    sending.current = new AbortController()
    setSending(true)
    try {
      const { seq } = await produce(session, channelId, content, {
        signal: sending.current.signal,
        onWait: (waitMs) => setNote(`It is sent again in ${Math.ceil(waitMs / 1_000)} s.`),
      })
      setSent((before) => [{ seq, content }, ...before].slice(0, keptSent))
      setText('')
    } catch (error) {
      fail(error)
    } finally {
      setSending(false)
      setNote('')
    }
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
          if (channel !== null) void send(channel.channelId, text)
        }}
      >
        <label>
          Message
          <textarea
            class="code"
            dir="auto"
            spellcheck={false}
            readOnly={isSending}
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
        {note !== '' && <p role="status">{note}</p>}
        <div class="buttons">
          {format !== 'text' && (
            <button
              type="button"
              class="quiet"
              disabled={fault !== null || text.trim() === '' || isSending}
              onClick={() => setText(pretty(format, text))}
            >
              Pretty-print
            </button>
          )}
          {note !== '' && (
            <button type="button" class="danger" onClick={() => sending.current.abort()}>
              Give up
            </button>
          )}
          <button
            class="primary"
            disabled={isSending || channel === null || text.trim() === '' || fault !== null}
          >
            Send
          </button>
        </div>
      </form>
      <SendMany channel={channel} />
      {sent.length > 0 && (
        <ol class="box" tabIndex={0} aria-label="Sent messages, the newest first">
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
