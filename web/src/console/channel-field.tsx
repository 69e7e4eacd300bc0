import type { Channel } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { joinChannel } from './join.ts'
import { useConsole } from './tools.ts'

const waitMs = 250

/** A channel of mine, or a public one that is joined when it is chosen. */
export function ChannelField({
  value,
  onChoose,
}: {
  value: Channel | null
  onChoose: (channel: Channel | null) => void
}) {
  const { session, fail, say } = useConsole()
  const [mine, setMine] = useState<readonly Channel[]>([])
  const [query, setQuery] = useState('')
  const [found, setFound] = useState<readonly Channel[]>([])
  const load = async (): Promise<void> => setMine((await session.rest('listChannels')).channels)
  useEffect(() => void load().catch(fail), [])
  useEffect(() => {
    if (query.trim() === '') return setFound([])
    const timer = setTimeout(() => {
      session
        .rest('listPublicChannels', { query: { query, limit: 10 } })
        .then(({ channels }) => setFound(channels), fail)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [query])
  const others = found.filter(({ channelId }) => !mine.some((each) => each.channelId === channelId))
  const join = async (channel: Channel): Promise<void> => {
    await joinChannel(session, channel.channelId)
    await load()
    setQuery('')
    onChoose(channel)
    say(`Joined ${titleOf(channel)}.`)
  }
  return (
    <>
      <label>
        Channel
        <select
          value={value?.channelId ?? ''}
          onChange={(event) => {
            const { value: id } = event.currentTarget
            onChoose(mine.find(({ channelId }) => channelId === id) ?? null)
          }}
        >
          <option value="">Choose one …</option>
          {mine.map((channel) => (
            <option key={channel.channelId} value={channel.channelId}>
              {titleOf(channel)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Find a public channel
        <input
          type="search"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
      {others.length > 0 && (
        <ul class="people">
          {others.map((channel) => (
            <li key={channel.channelId}>
              <button type="button" onClick={() => void join(channel).catch(fail)}>
                <bdi>{channel.name}</bdi> <small>Join</small>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

export function titleOf({ name, kind, participants, channelId, notes }: Channel): string {
  if (name !== null) return name
  if (notes === true) return 'Your notes'
  const names = participants?.map(({ username }) => username).join(', ')
  return kind === 'direct' && names !== undefined ? names : channelId
}
