import type { Channel } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'
import { useSnapshot } from '../use-snapshot.ts'

const waitMs = 200
const pageSize = 50

export function BrowseDialog({ onClose }: { onClose: () => void }) {
  const { store, texts, open, fail } = useApp()
  const mine = new Set(useSnapshot(store.channels).list.map(({ channelId }) => channelId))
  const [query, setQuery] = useState('')
  const [found, setFound] = useState<readonly Channel[] | null>(null)
  const [more, setMore] = useState(false)
  useEffect(() => {
    let isCurrent = true
    const timer = setTimeout(() => {
      store.findChannels(query).then((page) => {
        if (!isCurrent) return
        setFound(page)
        setMore(page.length >= pageSize)
      }, fail)
    }, waitMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [query])
  const next = async (): Promise<void> => {
    const page = await store.findChannels(query, found?.at(-1)?.channelId)
    setFound([...(found ?? []), ...page])
    setMore(page.length >= pageSize)
  }
  const enter = async (channelId: string): Promise<void> => {
    if (!mine.has(channelId)) await store.join({ channelId })
    onClose()
    open(channelId)
  }
  return (
    <Dialog title={texts.browse.title} onClose={onClose}>
      <input
        type="search"
        autoFocus
        aria-label={texts.browse.search}
        placeholder={texts.browse.search}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {found?.length === 0 && <p class="nothing">{texts.browse.none}</p>}
      <ul class="found">
        {found?.map(({ channelId, name, topic, memberCount }) => (
          <li key={channelId}>
            <span>
              <bdi class="title">{name}</bdi>
              <small dir="auto">
                {texts.members.count(memberCount)}
                {topic !== undefined && ` · ${topic}`}
              </small>
            </span>
            <button
              type="button"
              class="quiet"
              aria-label={`${mine.has(channelId) ? texts.browse.open : texts.browse.join} ${name ?? ''}`}
              onClick={() => void enter(channelId).catch(fail)}
            >
              {mine.has(channelId) ? texts.browse.open : texts.browse.join}
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="quiet" onClick={() => void next().catch(fail)}>
          {texts.browse.more}
        </button>
      )}
    </Dialog>
  )
}
