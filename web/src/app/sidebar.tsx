import type { ChannelItem } from '@rookery/client/store'
import { useMemo, useState } from 'preact/hooks'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { memo } from './memo.tsx'
import { useSnapshot } from './use-snapshot.ts'

const chunkSize = 40

/** The user's channels, the newest first. */
export function Sidebar({
  openId,
  onNew,
  onBrowse,
  onMe,
}: {
  openId: string | null
  onNew: () => void
  onBrowse: () => void
  onMe: () => void
}) {
  const { store, texts } = useApp()
  const { list, loaded } = useSnapshot(store.channels)
  const me = useSnapshot(store.me)
  const [filter, setFilter] = useState('')
  const shown = useMemo(() => matching(list, filter), [list, filter])
  const isOpenShown = shown.some(({ channelId }) => channelId === openId)
  const tabStop = isOpenShown ? openId : (shown[0]?.channelId ?? null)
  return (
    <nav class="sidebar" aria-label={texts.list.label}>
      <header>
        <button type="button" class="me" title={texts.me.title} onClick={onMe}>
          <Avatar name={me.displayName} status={me.status} />
          <span class="who">
            <bdi>{me.displayName}</bdi>
            <small>@{me.username}</small>
          </span>
        </button>
        <button type="button" class="icon" title={texts.list.browse} onClick={onBrowse}>
          <span aria-hidden="true">⌕</span>
          <span class="sr">{texts.list.browse}</span>
        </button>
        <button type="button" class="icon" title={texts.list.newChannel} onClick={onNew}>
          <span aria-hidden="true">＋</span>
          <span class="sr">{texts.list.newChannel}</span>
        </button>
      </header>
      <input
        type="search"
        class="filter"
        placeholder={texts.list.filter}
        aria-label={texts.list.filter}
        value={filter}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      {loaded && list.length === 0 && (
        <div class="nothing">
          <p>{texts.list.none}</p>
          <p>{texts.list.noneHint}</p>
          <button type="button" class="primary" onClick={onNew}>
            {texts.list.newChannel}
          </button>
          <button type="button" class="quiet" onClick={onBrowse}>
            {texts.list.browse}
          </button>
        </div>
      )}
      {list.length > 0 && shown.length === 0 && <p class="nothing">{texts.list.noMatch}</p>}
      <ul onKeyDown={moveByArrows}>
        {chunksOf(shown).map((channels, index) => (
          <Entries key={index} channels={channels} openId={openId} tabStop={tabStop} />
        ))}
      </ul>
    </nav>
  )
}

interface EntriesProps {
  channels: readonly ChannelItem[]
  openId: string | null
  tabStop: string | null
}

/** A part of the list. It is drawn again only when it has changed, so 1,000 channels stay quick. */
const Entries = memo(
  ({ channels, openId, tabStop }: EntriesProps) => (
    <>
      {channels.map((channel) => (
        <Entry
          key={channel.channelId}
          channel={channel}
          isOpen={channel.channelId === openId}
          isTabStop={channel.channelId === tabStop}
        />
      ))}
    </>
  ),
  (before, next) =>
    before.channels.length === next.channels.length &&
    next.channels.every((channel, index) => channel === before.channels[index]) &&
    !changedIn(next.channels, before.openId, next.openId) &&
    !changedIn(next.channels, before.tabStop, next.tabStop),
)

/** True if a mark moved from or to one of these channels. */
function changedIn(
  channels: readonly ChannelItem[],
  before: string | null,
  next: string | null,
): boolean {
  if (before === next) return false
  return channels.some(({ channelId }) => channelId === before || channelId === next)
}

function chunksOf(channels: readonly ChannelItem[]): (readonly ChannelItem[])[] {
  const count = Math.ceil(channels.length / chunkSize)
  return Array.from({ length: count }, (_, index) =>
    channels.slice(index * chunkSize, (index + 1) * chunkSize),
  )
}

interface EntryProps {
  channel: ChannelItem
  isOpen: boolean
  /** The list is one tab stop; arrows move in it. */
  isTabStop: boolean
}

/** Drawn again only when its channel has changed. */
const Entry = memo(({ channel, isOpen, isTabStop }: EntryProps) => {
  const { open, dates, texts, store } = useApp()
  const { channelId, title, unread, typing, draft, lastMessage, unsent } = channel
  const me = store.me.getSnapshot().username
  return (
    <li class={`entry ${isOpen ? 'open' : ''} ${unread > 0 ? 'unread' : ''}`}>
      <a
        href={`/app/c/${encodeURIComponent(channelId)}`}
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isOpen ? 'page' : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
          event.preventDefault()
          open(channelId)
        }}
      >
        <Avatar name={title} status={channel.peerPresence?.status} />
        <span class="what">
          <span class="line">
            <bdi class="title">{channel.isNotes ? texts.list.yourNotes : title}</bdi>
            {lastMessage !== null && (
              <time dateTime={channel.activeAt}>{dates.short(channel.activeAt)}</time>
            )}
          </span>
          <span class="line">
            <span class="last" dir="auto">
              {typing.length > 0 ? (
                <em>{texts.list.typing}</em>
              ) : draft !== null && !isOpen ? (
                <>
                  <em>{texts.list.draft}: </em>
                  {draft}
                </>
              ) : (
                lastLine(channel, me, texts)
              )}
            </span>
            {unsent > 0 && (
              <span class="badge waiting" title={texts.list.unsent}>
                ↑{unsent}
              </span>
            )}
            {unread > 0 && (
              <span class="badge" aria-label={texts.list.unread(unread)}>
                {unread > 999 ? '999+' : unread}
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  )
})

function lastLine(
  { lastMessage, kind }: ChannelItem,
  me: string,
  { list }: ReturnType<typeof useApp>['texts'],
): string {
  if (lastMessage === null) return list.noMessages
  if (lastMessage.deletedAt !== undefined) return list.deleted
  const text = (lastMessage.content ?? '').slice(0, 120)
  if (lastMessage.senderId === me) return `${list.you}: ${text}`
  return kind === 'direct' ? text : `${lastMessage.senderId}: ${text}`
}

/** The channels whose title has words that begin like the words of the query. */
export function matching(list: readonly ChannelItem[], query: string): readonly ChannelItem[] {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return list
  return list.filter((channel) => {
    const names = fold(`${channel.title} ${channel.peer?.username ?? ''}`)
    return words.every((word) => names.includes(word))
  })
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** The list is one tab stop away from each entry: arrows move between its links. */
function moveByArrows(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0 || event.altKey) return
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll('a')]
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
