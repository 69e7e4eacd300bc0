import type { Channel } from '@rookery/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { produce, rest } from './produce.ts'
import { describe, useConsole } from './tools.ts'

interface Run {
  readonly total: number
  readonly stored: number
  readonly lastSeq: number | null
  readonly note: string
}

const maxCount = 100_000
const maxRate = 50

/** Sends numbered messages at a rate, one after the other. It ends when its page is left. */
export function SendMany({ channel }: { channel: Channel | null }) {
  const { session } = useConsole()
  const [count, setCount] = useState('100')
  const [rate, setRate] = useState('5')
  const [text, setText] = useState('Message {n}')
  const [run, setRun] = useState<Run | null>(null)
  const [isGoing, setGoing] = useState(false)
  const going = useRef(new AbortController())
  useEffect(() => () => going.current.abort(), [])

  const start = async (channelId: string): Promise<void> => {
    going.current = new AbortController()
    const { signal } = going.current
    const total = Math.min(maxCount, Number(count))
    const everyMs = 1_000 / Math.min(maxRate, Number(rate))
    const note = (line: string): void => setRun((before) => before && { ...before, note: line })
    setGoing(true)
    setRun({ total, stored: 0, lastSeq: null, note: '' })
    const beginMs = performance.now()
    let n = 1
    try {
      for (; n <= total && !signal.aborted; n += 1) {
        await rest(Math.max(0, beginMs + (n - 1) * everyMs - performance.now()), signal)
        if (signal.aborted) break
        const { seq } = await produce(session, channelId, text.replaceAll('{n}', String(n)), {
          signal,
          onWait: (waitMs) => note(`The next try is in ${Math.ceil(waitMs / 1_000)} s.`),
        })
        setRun({ total, stored: n, lastSeq: seq, note: '' })
      }
      if (signal.aborted) note('Stopped.')
    } catch (error) {
      // It was stopped while the server had not answered, or the server has refused the message.
      note(
        signal.aborted
          ? `Stopped. Whether number ${n} was stored is not known.`
          : `Number ${n} was refused: ${describe(error)}`,
      )
    }
    setGoing(false)
  }
  const isValid = Number(count) >= 1 && Number(rate) > 0 && text.trim() !== ''
  return (
    <details>
      <summary>Send many</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (channel !== null) void start(channel.channelId)
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
            <progress value={run.stored} max={run.total} aria-label="Messages stored" />
            <p role="status">
              {run.stored} of {run.total} stored
              {run.lastSeq !== null && `, the last one as number ${run.lastSeq}`}. {run.note}
            </p>
          </div>
        )}
        <div class="buttons">
          {isGoing ? (
            <button type="button" class="danger" onClick={() => going.current.abort()}>
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
