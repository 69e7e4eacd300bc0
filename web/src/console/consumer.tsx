import type { Channel } from '@rookery/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ChannelField, titleOf } from './channel-field.tsx'
import { ConsumerBox } from './consumer-box.ts'
import { keepSubscriptions, readSubscriptions, type Subscription } from './subscriptions.ts'
import { describe, useConsole } from './tools.ts'
import { useRepeated } from './use-repeated.ts'

const everyMs = 30_000

/** Named consumers side by side. Each goes on where it was, also after a reload. */
export function Consumers() {
  const { session } = useConsole()
  const username = session.auth?.user.username ?? ''
  const [subscriptions, setSubscriptions] = useState(() => readSubscriptions(username))
  const [channel, setChannel] = useState<Channel | null>(null)
  const [name, setName] = useState('console')
  const keep = (next: readonly Subscription[]): void => {
    setSubscriptions(next)
    keepSubscriptions(username, next)
  }
  const isSame = (one: Subscription, other: Pick<Subscription, 'channelId' | 'name'>): boolean =>
    one.channelId === other.channelId && one.name === other.name
  const add = (): void => {
    if (channel === null) return
    const { channelId } = channel
    // A name is lower case on the wire.
    const added = { channelId, title: titleOf(channel), name: name.trim().toLowerCase() }
    if (!subscriptions.some((each) => isSame(each, added)))
      keep([...subscriptions, { ...added, commits: true }])
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
                title="1 to 64 of a–z, 0–9, . _ -"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <button class="primary" disabled={channel === null || name.trim() === ''}>
              Consume
            </button>
          </div>
        </form>
        {subscriptions.length === 0 && (
          <p class="nothing">
            A consumer reads a channel under a name, and the server keeps how far it has come.
          </p>
        )}
      </section>
      <div class="cards">
        {subscriptions.map((subscription) => (
          <Consumer
            key={`${subscription.channelId} ${subscription.name}`}
            subscription={subscription}
            onCommits={(commits) =>
              keep(
                subscriptions.map((each) =>
                  isSame(each, subscription) ? { ...each, commits } : each,
                ),
              )
            }
            onClose={() => keep(subscriptions.filter((each) => !isSame(each, subscription)))}
          />
        ))}
      </div>
    </>
  )
}

/** Fetches every 30 s what it has not fetched yet. */
function Consumer({
  subscription: { channelId, title, name, commits },
  onCommits,
  onClose,
}: {
  subscription: Subscription
  onCommits: (commits: boolean) => void
  onClose: () => void
}) {
  const { session } = useConsole()
  const params = { channelId, name }
  const [box] = useState(
    () =>
      new ConsumerBox({
        consume: (limit) => session.rest('consumeMessages', { params, query: { limit } }),
        after: (seq, limit) =>
          session.rest('listMessages', { params: { channelId }, query: { after: seq, limit } }),
        commit: async (seq) => {
          await session.rest('commitConsumer', { params, body: { seq } })
        },
      }),
  )
  const [fault, setFault] = useState('')
  const attempt = (work: Promise<void>): Promise<void> =>
    work.then(
      () => setFault(''),
      (error: unknown) => setFault(describe(error)),
    )
  const { secondsLeft, isRunning, runNow } = useRepeated(() => attempt(box.fetch(commits)), everyMs)

  const list = useRef<HTMLOListElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo(0, list.current.scrollHeight)
  }, [box.messages])
  return (
    <section class="card" aria-label={`${name} of ${title}`}>
      <header>
        <h3>
          <bdi>{title}</bdi> <small>as {name}</small>
        </h3>
        <button type="button" class="icon" title="Close" onClick={onClose}>
          <span aria-hidden="true">✕</span>
          <span class="sr">
            Close {name} of {title}
          </span>
        </button>
      </header>
      <ol
        class="box"
        ref={list}
        tabIndex={0}
        aria-label={`Messages consumed from ${title} as ${name}`}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          (isAtEnd.current = scrollHeight - scrollTop - clientHeight < 8)
        }
      >
        {box.messages.map(({ seq, senderId, content, deletedAt }) => (
          <li key={seq}>
            <span>{seq}</span>
            <span dir="auto">
              <b>{senderId}</b> {deletedAt === undefined ? content : <i>deleted</i>}
            </span>
          </li>
        ))}
        {box.messages.length === 0 && box.cursor !== null && (
          <li class="none">Nothing after number {box.cursor} yet.</li>
        )}
      </ol>
      <p>
        <small>
          Committed up to {box.cursor ?? '–'}; the newest event is {box.head}.{' '}
          {isRunning ? 'Fetching …' : `Next fetch in ${secondsLeft} s.`}
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
          checked={commits}
          onChange={(event) => onCommits(event.currentTarget.checked)}
        />
        Commit by itself
      </label>
      <div class="buttons">
        {box.hasUncommitted && (
          <button type="button" class="quiet" onClick={() => void attempt(box.commit())}>
            Commit up to {box.fetched}
          </button>
        )}
        <button type="button" class="primary" disabled={isRunning} onClick={runNow}>
          Fetch now
        </button>
      </div>
    </section>
  )
}
