import type { User } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { Avatar } from '../app/avatar.tsx'
import { useConsole } from './tools.ts'

const waitMs = 250

/** Finds users, and bans or mutes them. */
export function UsersPage() {
  const { session, fail } = useConsole()
  const [query, setQuery] = useState('')
  const [found, setFound] = useState<readonly User[]>([])
  const [chosen, setChosen] = useState<string | null>(null)
  useEffect(() => {
    if (query.trim() === '') return setFound([])
    const timer = setTimeout(() => {
      session
        .rest('findUsers', { query: { query: query.trim() } })
        .then(({ users }) => setFound(users), fail)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [query])
  return (
    <section class="card" aria-labelledby="users-title">
      <h2 id="users-title">Users</h2>
      <label>
        Name begins with
        <input
          type="search"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
      <ul class="people">
        {found.map(({ username, displayName, status }) => (
          <li key={username}>
            <button
              type="button"
              aria-pressed={chosen === username}
              onClick={() => setChosen(username)}
            >
              <Avatar name={displayName} status={status} />
              <bdi>{displayName}</bdi> <small>@{username}</small>
            </button>
          </li>
        ))}
      </ul>
      {chosen !== null && <Sanctions key={chosen} username={chosen} />}
    </section>
  )
}

function Sanctions({ username }: { username: string }) {
  const { session, say, fail } = useConsole()
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const params = { username }
  const act = async (name: 'ban' | 'mute' | 'unban' | 'unmute', done: string): Promise<void> => {
    const body = {
      reason: reason.trim(),
      ...(until !== '' && { until: new Date(until).toISOString() }),
    }
    if (name === 'ban' || name === 'mute') await session.rest(name, { params, body })
    else await session.rest(name, { params })
    say(`${username} ${done}.`)
  }
  const run = (name: Parameters<typeof act>[0], done: string) => (): void =>
    void act(name, done).catch(fail)
  return (
    <form class="card" onSubmit={(event) => event.preventDefault()}>
      <h3>
        <bdi>{username}</bdi>
      </h3>
      <div class="fields">
        <label>
          Reason
          <input
            dir="auto"
            maxLength={250}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <label>
          Until (without it: for ever)
          <input
            type="datetime-local"
            value={until}
            onInput={(event) => setUntil(event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="buttons">
        <button type="button" class="quiet" onClick={run('unmute', 'may speak again')}>
          Lift the mute
        </button>
        <button type="button" class="quiet" onClick={run('unban', 'may come back')}>
          Lift the ban
        </button>
        <button
          type="button"
          class="quiet"
          disabled={reason.trim() === ''}
          onClick={run('mute', 'is muted')}
        >
          Mute
        </button>
        <button
          type="button"
          class="danger"
          disabled={reason.trim() === ''}
          onClick={run('ban', 'is banned')}
        >
          Ban
        </button>
      </div>
    </form>
  )
}
