import type {
  ChannelItem,
  MessageItem,
  Timeline,
  TimelineItem,
  TimelineSnapshot,
} from '@rookery/client/store'
import type { ComponentChild } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useApp } from './context.ts'
import { dayKey } from './dates.ts'
import { memo } from './memo.tsx'
import { MessageRow, UnsentRow } from './message-row.tsx'
import { ScrollAnchor } from './scroll-anchor.ts'
import { SystemRow } from './system-row.tsx'
import { useSnapshot } from './use-snapshot.ts'

/** Within this distance from an edge of the window, more is loaded. */
const loadPx = 800
/** Messages of one sender within this time are one group. */
const groupMs = 5 * 60_000
const readDelayMs = 400

interface Props {
  timeline: Timeline
  channel: ChannelItem
  mayModerate: boolean
  /** The message that a link leads to. */
  target: number | undefined
  editing: number | null
  onEdit: (seq: number | null) => void
  nameOf: (username: string) => string
}

/** The messages of one channel. */
export function TimelineView(props: Props) {
  const { timeline, channel, target } = props
  const { texts, fail } = useApp()
  const snapshot = useSnapshot(timeline)
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const anchor = useRef<ScrollAnchor | null>(null)
  const hasShown = useRef(false)
  const [atEnd, setAtEnd] = useState(true)
  const [seenUpTo, setSeenUpTo] = useState(0)

  /** Reads the place of the reader: what is seen is read, and near an edge more is loaded. */
  const look = (): void => {
    const element = scroller.current
    if (element === null || anchor.current === null) return
    setAtEnd(anchor.current.atEnd && !timeline.getSnapshot().hasNewer)
    const { hasOlder, hasNewer, loadingOlder, loadingNewer } = timeline.getSnapshot()
    if (element.scrollTop < loadPx && hasOlder && !loadingOlder) timeline.loadOlder().catch(fail)
    const below = element.scrollHeight - element.scrollTop - element.clientHeight
    if (below < loadPx && hasNewer && !loadingNewer) timeline.loadNewer().catch(fail)
    const seen = anchor.current.seenUpTo()
    if (seen !== null) setSeenUpTo((before) => Math.max(before, seen))
  }

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    anchor.current = new ScrollAnchor(element)
    const onScroll = (): void => {
      anchor.current?.note()
      look()
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    // Pictures and fonts that come late change heights after the drawing.
    const grown = new ResizeObserver(() => {
      if (hasShown.current) anchor.current?.restore(timeline.getSnapshot().following)
    })
    if (content.current !== null) grown.observe(content.current)
    grown.observe(element)
    return () => {
      element.removeEventListener('scroll', onScroll)
      grown.disconnect()
    }
  }, [timeline])

  useLayoutEffect(() => {
    if (anchor.current === null || snapshot.items.length === 0) return
    if (hasShown.current) anchor.current.restore(snapshot.following)
    else if (!snapshot.loading) {
      hasShown.current = true
      if (target === undefined) showBegin(anchor.current, scroller.current, snapshot)
    }
    look()
  }, [snapshot])

  useEffect(() => {
    if (target === undefined) return
    let isCurrent = true
    timeline.loadAround(target).then(() => {
      if (!isCurrent) return
      // After the items are drawn.
      requestAnimationFrame(() => {
        const item = scroller.current?.querySelector<HTMLElement>(`[data-seq="${target}"]`)
        if (item === null || item === undefined) return
        hasShown.current = true
        anchor.current?.show(item)
        item.focus({ preventScroll: true })
      })
    }, fail)
    return () => {
      isCurrent = false
    }
  }, [timeline, target])

  useMarkRead(timeline, channel, seenUpTo)

  const toEnd = async (): Promise<void> => {
    await timeline.loadLatest()
    requestAnimationFrame(() => {
      anchor.current?.toEnd()
      look()
    })
  }
  const toEndRef = useRef(toEnd)
  toEndRef.current = toEnd
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const isBusy = document.querySelector('dialog[open], .picker, .edit') !== null
      if (event.key === 'Escape' && !event.isComposing && !isBusy) toEndRef.current().catch(fail)
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [timeline])
  const firstUnread = snapshot.items.find(
    (item) => snapshot.unreadFrom !== null && 'seq' in item && item.seq >= snapshot.unreadFrom,
  )
  const isUnreadAbove =
    snapshot.unreadFrom !== null && seenUpTo < snapshot.unreadFrom && channel.unread > 0
  const toUnread = async (): Promise<void> => {
    const { unreadFrom } = snapshot
    if (unreadFrom === null) return
    if (firstUnread === undefined) await timeline.loadAround(unreadFrom)
    requestAnimationFrame(() => {
      const divider = scroller.current?.querySelector<HTMLElement>('.divider')
      if (divider !== null && divider !== undefined) anchor.current?.show(divider)
      look()
    })
  }
  return (
    <div class="timeline-frame">
      {isUnreadAbove && !atEnd && (
        <button type="button" class="jump top" onClick={() => void toUnread()}>
          ↑ {texts.timeline.jumpToUnread}
        </button>
      )}
      <div
        ref={scroller}
        class="timeline"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={texts.timeline.label(channel.title)}
        aria-busy={snapshot.loading}
        onKeyDown={moveByArrows}
      >
        <div ref={content} class="timeline-content">
          <Top snapshot={snapshot} channel={channel} />
          <Rows {...props} snapshot={snapshot} />
          <Complete snapshot={snapshot} />
        </div>
      </div>
      <Announcer snapshot={snapshot} nameOf={props.nameOf} />
      {!atEnd && (
        <button type="button" class="jump bottom" onClick={() => void toEnd().catch(fail)}>
          ↓{' '}
          {channel.unread > 0 ? texts.timeline.newBelow(channel.unread) : texts.timeline.jumpToEnd}
        </button>
      )}
    </div>
  )
}

/** Arrows go from message to message; Tab then leads to what can be done with it. */
function moveByArrows(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const target = event.target as HTMLElement
  if (step === 0 || event.altKey || target.matches('input, textarea, select')) return
  const log = event.currentTarget as HTMLElement
  const rows = [...log.querySelectorAll<HTMLElement>('.row.message')]
  const now = rows.findIndex((row) => row.contains(document.activeElement))
  const next = rows[now === -1 ? rows.length - 1 : now + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

/** The first sight of a channel: the first unread message, or else the end. */
function showBegin(
  anchor: ScrollAnchor,
  scroller: HTMLElement | null,
  { unreadFrom }: TimelineSnapshot,
): void {
  const divider = unreadFrom === null ? null : scroller?.querySelector<HTMLElement>('.divider')
  if (divider === null || divider === undefined) anchor.toEnd()
  else anchor.show(divider)
}

/** Read is only what was in view of a page that somebody looks at. */
function useMarkRead(timeline: Timeline, { lastReadSeq }: ChannelItem, seenUpTo: number): void {
  useEffect(() => {
    if (seenUpTo <= lastReadSeq) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const mark = (): void => {
      clearTimeout(timer)
      if (!document.hasFocus() || document.visibilityState !== 'visible') return
      // Failures do not matter: the next sight marks again.
      timer = setTimeout(() => void timeline.markRead(seenUpTo).catch(() => {}), readDelayMs)
    }
    mark()
    addEventListener('focus', mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      clearTimeout(timer)
      removeEventListener('focus', mark)
      document.removeEventListener('visibilitychange', mark)
    }
  }, [timeline, seenUpTo, lastReadSeq])
}

function Top({ snapshot, channel }: { snapshot: TimelineSnapshot; channel: ChannelItem }) {
  const { texts } = useApp()
  if (snapshot.loading) return <p class="note">{texts.timeline.loading}</p>
  if (snapshot.hasOlder) return <p class="note">{texts.timeline.loadingOlder}</p>
  return (
    <div class="begin">
      <h2 dir="auto">{channel.title}</h2>
      <p>{texts.timeline.begin(channel.title)}</p>
      {snapshot.items.length === 0 && <p>{texts.timeline.empty}</p>}
    </div>
  )
}

/** The quiet mark that nothing is missing. */
function Complete({ snapshot }: { snapshot: TimelineSnapshot }) {
  const { texts, store } = useApp()
  const { complete, state } = useSnapshot(store.connection)
  if (snapshot.hasNewer || snapshot.loading || snapshot.completeUpTo === 0) return null
  const isWhole = complete && snapshot.completeUpTo >= snapshot.head
  return (
    <p
      class={`complete ${isWhole ? 'whole' : ''}`}
      data-complete={isWhole ? snapshot.completeUpTo : ''}
    >
      {isWhole ? (
        <span title={texts.timeline.completeHint(snapshot.completeUpTo)}>
          <span aria-hidden="true">✓ </span>
          {texts.timeline.complete}
        </span>
      ) : state === 'connected' ? (
        <span>{texts.timeline.behind}</span>
      ) : null}
    </p>
  )
}

function Rows(props: Props & { snapshot: TimelineSnapshot }) {
  const { snapshot, mayModerate, target, editing, onEdit, nameOf } = props
  const { dates, texts, store } = useApp()
  const rows: ComponentChild[] = []
  let before: TimelineItem | null = null
  let hasDivider = false
  for (const item of snapshot.items) {
    const at = timeOf(item)
    const isNewDay = at !== null && (before === null || dayKey(timeOf(before) ?? at) !== dayKey(at))
    if (isNewDay && at !== null) {
      rows.push(
        <div class="day" key={`day ${dayKey(at)}`} role="separator">
          <span>{dates.day(at)}</span>
        </div>,
      )
    }
    const isDivided =
      !hasDivider &&
      snapshot.unreadFrom !== null &&
      'seq' in item &&
      item.seq >= snapshot.unreadFrom
    if (isDivided) {
      hasDivider = true
      rows.push(
        <div class="divider" key="divider" role="separator">
          <span>{texts.timeline.newMessages}</span>
        </div>,
      )
    }
    const isFirst = isNewDay || isDivided || !continues(before, item)
    const me = store.me.getSnapshot().username
    rows.push(
      <Row
        key={item.key}
        item={item}
        isFirst={isFirst}
        name={nameOf(senderOf(item, me))}
        mayModerate={mayModerate}
        isTarget={'seq' in item && item.seq === target}
        editing={'seq' in item && item.seq === editing}
        onEdit={onEdit}
        nameOf={nameOf}
      />,
    )
    before = item
  }
  return <>{rows}</>
}

interface RowOf {
  item: TimelineItem
  isFirst: boolean
  name: string
  mayModerate: boolean
  isTarget: boolean
  editing: boolean
  onEdit: (seq: number | null) => void
  nameOf: (username: string) => string
}

/** Drawn again only if something of it has changed. */
const Row = memo((props: RowOf) => {
  const { item, isFirst, name, mayModerate, isTarget, editing, onEdit, nameOf } = props
  const { texts } = useApp()
  switch (item.kind) {
    case 'message':
      return (
        <MessageRow
          item={item}
          isFirstOfGroup={isFirst}
          name={name}
          mayModerate={mayModerate}
          isTarget={isTarget}
          editing={editing}
          onEdit={onEdit}
        />
      )
    case 'unsent':
      return <UnsentRow item={item} isFirstOfGroup={isFirst} name={name} />
    case 'system':
      return <SystemRow item={item} nameOf={nameOf} />
    case 'hole':
      return (
        <p class="hole" data-key={item.key} role="status">
          {texts.timeline.hole(item.to - item.from + 1)}
        </p>
      )
  }
})

/** Says new messages of others to screen readers, apart from the list, which is often redrawn. */
function Announcer({
  snapshot,
  nameOf,
}: {
  snapshot: TimelineSnapshot
  nameOf: (username: string) => string
}) {
  const said = useRef<number | null>(null)
  const [text, setText] = useState('')
  useEffect(() => {
    const last = snapshot.items.findLast((item): item is MessageItem => item.kind === 'message')
    if (last === undefined || snapshot.hasNewer) return
    const isNew = said.current !== null && last.seq > said.current
    said.current = Math.max(said.current ?? 0, last.seq)
    if (isNew && !last.isMine && last.message.content !== undefined)
      setText(`${nameOf(last.message.senderId)}: ${last.message.content.slice(0, 300)}`)
  }, [snapshot])
  return (
    <div class="sr" role="status" aria-live="polite">
      {text}
    </div>
  )
}

function timeOf(item: TimelineItem): string | number | null {
  switch (item.kind) {
    case 'message':
      return item.message.sentAt
    case 'unsent':
      return item.writtenAt
    case 'system':
      return item.at
    case 'hole':
      return null
  }
}

function senderOf(item: TimelineItem, me: string): string {
  return item.kind === 'message' ? item.message.senderId : me
}

/** True if an item belongs to the group of the one before it. */
function continues(before: TimelineItem | null, item: TimelineItem): boolean {
  if (before === null || before.kind === 'system' || before.kind === 'hole') return false
  if (item.kind === 'system' || item.kind === 'hole') return false
  const isSame =
    before.kind === 'message' && item.kind === 'message'
      ? before.message.senderId === item.message.senderId
      : isMine(before) && isMine(item)
  const gap = new Date(timeOf(item) ?? 0).getTime() - new Date(timeOf(before) ?? 0).getTime()
  return isSame && gap < groupMs
}

function isMine(item: TimelineItem): boolean {
  return item.kind === 'unsent' || (item.kind === 'message' && item.isMine)
}
