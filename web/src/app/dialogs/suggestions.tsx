import type { User } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { Avatar } from '../avatar.tsx'
import { useApp } from '../context.ts'

const waitMs = 200

/** Users whose names begin with the word that is being typed. */
export function Suggestions({
  text,
  onPick,
}: {
  text: string
  onPick: (username: string) => void
}) {
  const { store } = useApp()
  const [found, setFound] = useState<readonly User[]>([])
  const word = /[^\s,;@]*$/u.exec(text)?.[0] ?? ''
  useEffect(() => {
    if (word === '') return setFound([])
    let isCurrent = true
    const timer = setTimeout(() => {
      store.findUsers(word).then(
        (users) => {
          if (isCurrent) setFound(users.slice(0, 6))
        },
        () => {},
      )
    }, waitMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [word])
  if (found.length === 0 || (found.length === 1 && found[0]?.username === word)) return null
  return (
    <ul class="people">
      {found.map(({ username, displayName, status }) => (
        <li key={username}>
          <button type="button" onClick={() => onPick(username)}>
            <Avatar name={displayName} status={status} />
            <bdi>{displayName}</bdi> <small>@{username}</small>
          </button>
        </li>
      ))}
    </ul>
  )
}
