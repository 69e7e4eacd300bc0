import type { Channel, Message } from '@rookery/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ChannelField, titleOf } from './channel-field.tsx'
import { describe, useConsole } from './tools.ts'

interface Subscription {
  readonly channelId: string
  readonly title: string
  readonly name: string
}

const storageKey = 'rookery-consumers'
const everySeconds = 30
const pageSize = 100
/** Older messages leave the box; they stay in the channel. */
const maxShown = 1_000

/** Named consumers side by side. Each goes on where it was, also after a reload. */
export function Consumers() {
  const [subscriptions, setSubscriptions] = useState(readSubscriptions)
  const [channel, setChannel] = useState<Channel | null>(null)
  const [name, setName] = useState('console')
  const keep = (next: readonly Subscription[]): void => {
    setSubscriptions(next)
    keepSubscriptions(next)
  }
  const add = (): void => {
    if (channel === null) return
    const added = { channelId: channel.channelId, title: titleOf(channel), name: name.trim() }
    if (!subscriptions.some((each) => keyOf(each) === keyOf(added))) keep([...subscriptions, added])
  }
  return (
    <>
      <section class="card" aria-labelledby="consumer-title">
        <h2 id="consumer-title">Consumer</h2>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            add()
          }}
        >
          <div class="fields">
            <ChannelField value={channel} onChoose={setChannel} />
            <label>
              Name of the consumer
              <input
                required
                pattern="[A-Za-z0-9._\-]{1,64}"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <button class="primary" disabled={channel === null || name.trim() === ''}>
              Consume
            </button>
          </div>
        </form>
      </section>
      <div class="cards">
        {subscriptions.map((subscription) => (
          <Consumer
            key={keyOf(subscription)}
            subscription={subscription}
            onClose={() =>
              keep(subscriptions.filter((each) => keyOf(each) !== keyOf(subscription)))
            }
          />
        ))}
      </div>
    </>
  )
}

/** Fetches every 30 s what it has not fetched yet. */
function Consumer({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const { channelId, title, name } = subscription
  const { session } = useConsole()
  const [messages, setMessages] = useState<readonly Message[]>([])
  const [cursor, setCursor] = useState<number | null>(null)
  const [head, setHead] = useState(0)
  const [seconds, setSeconds] = useState(0)
  const [commitsAlone, setCommitsAlone] = useState(true)
  const [fault, setFault] = useState('')
  const fetched = useRef(0)
  const busy = useRef(false)
  const params = { channelId, name }

  const commit = async (seq: number): Promise<void> => {
    await session.rest('commitConsumer', { params, body: { seq } })
    setCursor((before) => Math.max(before ?? 0, seq))
  }
  /** What was fetched and not committed is not fetched again: this box has it. */
  const fetchNew = async (): Promise<void> => {
    if (busy.current) return
    busy.current = true
    try {
      for (let isMore = true; isMore;) {
        const page =
          fetched.current === 0 || commitsAlone
            ? await session.rest('consumeMessages', { params, query: { limit: pageSize } })
            : await session.rest('listMessages', {
                params: { channelId },
                query: { after: fetched.current, limit: pageSize },
              })
        const fresh = page.messages.filter(({ seq }) => seq > fetched.current)
        const last = fresh.at(-1)
        if ('cursor' in page) setCursor((page as { cursor: number }).cursor)
        setHead(page.head)
        if (last !== undefined) {
          fetched.current = last.seq
          setMessages((before) => [...before, ...fresh].slice(-maxShown))
          if (commitsAlone) await commit(last.seq)
        }
        isMore = page.messages.length === pageSize && fresh.length > 0
      }
      setFault('')
    } catch (error) {
      setFault(describe(error))
    } finally {
      busy.current = false
      setSeconds(everySeconds)
    }
  }
  const latest = useRef(fetchNew)
  latest.current = fetchNew
  useEffect(() => {
    void latest.current()
    const timer = setInterval(() => {
      setSeconds((left) => {
        if (left > 1) return left - 1
        void latest.current()
        return everySeconds
      })
    }, 1_000)
    return () => clearInterval(timer)
  }, [])
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => list.current?.scrollTo(0, list.current.scrollHeight), [messages])
  return (
    <section class="card" aria-label={`${name} of ${title}`}>
      <header>
        <h3>
          <bdi>{title}</bdi> <small>as {name}</small>
        </h3>
        <button type="button" class="icon" title="Close" onClick={onClose}>
          <span aria-hidden="true">✕</span>
          <span class="sr">Close</span>
        </button>
      </header>
      <ol class="box" ref={list} tabIndex={0} aria-label={`Messages consumed from ${title}`}>
        {messages.map(({ seq, senderId, content, deletedAt }) => (
          <li key={seq}>
            <span>{seq}</span>
            <span dir="auto">
              <b>{senderId}</b> {deletedAt === undefined ? content : '(deleted)'}
            </span>
          </li>
        ))}
      </ol>
      <p>
        <small>
          Cursor {cursor ?? '–'} of {head}. Next fetch in <span>{seconds}</span> s.
        </small>
      </p>
      {fault !== '' && (
        <p class="warn" role="alert">
          {fault}
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={commitsAlone}
          onChange={(event) => setCommitsAlone(event.currentTarget.checked)}
        />
        Commit by itself
      </label>
      <div class="buttons">
        {!commitsAlone && (
          <button
            type="button"
            class="quiet"
            disabled={fetched.current === 0 || fetched.current === cursor}
            onClick={() => {
              commit(fetched.current).catch((error: unknown) => setFault(describe(error)))
            }}
          >
            Commit up to {fetched.current}
          </button>
        )}
        <button type="button" class="primary" onClick={() => void fetchNew()}>
          Fetch now
        </button>
      </div>
    </section>
  )
}

function keyOf({ channelId, name }: Subscription): string {
  return `${channelId} ${name}`
}

function readSubscriptions(): readonly Subscription[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    return Array.isArray(kept) ? (kept as Subscription[]) : []
  } catch {
    return []
  }
}

function keepSubscriptions(subscriptions: readonly Subscription[]): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(subscriptions))
  } catch {
    // The browser keeps nothing: after a reload the consumers must be chosen again.
  }
}
