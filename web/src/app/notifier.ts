import type { ChannelItem, Store } from '@rookery/client/store'

/** A badge on the page's icon, and the number in its title, tell how much is unread. */
export function showUnread(unread: number, title: string): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const wanted = unread > 0 ? '/icon-unread.svg' : '/icon.svg'
  if (icon !== null && icon.getAttribute('href') !== wanted) icon.setAttribute('href', wanted)
  document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ${title}` : title
}

/**
 * Notifies of new messages of others, once: only the tab that holds the socket does, and never of
 * the channel that somebody looks at.
 *
 * @returns stop
 */
export function startNotifier(
  store: Store,
  isInView: (channelId: string) => boolean,
  open: (channelId: string) => void,
): () => void {
  let known = new Map<string, number>()
  const note = (list: readonly ChannelItem[]): ChannelItem[] => {
    const fresh = list.filter(({ channelId, lastMessage }) => {
      const before = known.get(channelId)
      return before !== undefined && lastMessage !== null && lastMessage.seq > before
    })
    known = new Map(list.map(({ channelId, lastMessage }) => [channelId, lastMessage?.seq ?? 0]))
    return fresh
  }
  note(store.channels.getSnapshot().list)
  return store.channels.subscribe(() => {
    for (const channel of note(store.channels.getSnapshot().list)) {
      const { lastMessage, channelId, title } = channel
      const isOwn = lastMessage?.senderId === store.me.getSnapshot().username
      if (isOwn || !store.connection.getSnapshot().leads || isInView(channelId)) continue
      notify(channelId, title, lastMessage?.content ?? '', open)
    }
  })
}

function notify(
  channelId: string,
  title: string,
  body: string,
  open: (channelId: string) => void,
): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
  try {
    // One note a channel: a newer message replaces it.
    const note = new Notification(title, { body: body.slice(0, 200), tag: channelId })
    note.addEventListener('click', () => {
      focus()
      open(channelId)
      note.close()
    })
  } catch {
    // Some phones allow notifications only from a service worker.
  }
}
