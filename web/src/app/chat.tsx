import type { ChannelItem, Store } from '@rookery/client/store'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ChannelPage } from './channel-page.tsx'
import { ConnectionBar } from './connection-bar.tsx'
import { type App, AppContext } from './context.ts'
import { Dates } from './dates.ts'
import { BrowseDialog } from './dialogs/browse.tsx'
import { CreateDialog } from './dialogs/create.tsx'
import { MeDialog } from './dialogs/me.tsx'
import { ShortcutsDialog } from './dialogs/shortcuts.tsx'
import { SwitcherDialog } from './dialogs/switcher.tsx'
import { showUnread, startNotifier } from './notifier.ts'
import { go, usePlace } from './router.ts'
import type { Session } from './session.ts'
import { Sidebar } from './sidebar.tsx'
import type { Texts } from './texts/en.ts'
import { useSnapshot } from './use-snapshot.ts'

type DialogName = 'create' | 'browse' | 'me' | 'switcher' | 'shortcuts'

const toastMs = 5_000

interface Props {
  store: Store
  session: Session
  texts: Texts
  language: string
  setLanguage: (language: string) => void
}

/** The app of a user who is logged in. */
export function Chat({ store, session, texts, language, setLanguage }: Props) {
  const [toast, setToast] = useState('')
  const [dialog, setDialog] = useState<DialogName | null>(null)
  const place = usePlace()
  const channels = useSnapshot(store.channels)
  const channel = channels.list.find(({ channelId }) => channelId === place.channelId)
  useEffect(() => {
    if (toast === '') return
    const timer = setTimeout(() => setToast(''), toastMs)
    return () => clearTimeout(timer)
  }, [toast])

  const app: App = useMemo(
    () => ({
      store,
      session,
      texts,
      dates: new Dates(language, texts),
      language,
      toast: setToast,
      fail: (error) => setToast(reasonOf(error, texts)),
      open: go,
      setLanguage,
    }),
    [store, session, texts, language],
  )
  const placeRef = useRef(place)
  placeRef.current = place
  useEffect(
    () =>
      startNotifier(
        store,
        (channelId) =>
          channelId === placeRef.current.channelId &&
          document.visibilityState === 'visible' &&
          document.hasFocus(),
        go,
      ),
    [store],
  )
  useEffect(() => {
    showUnread(channels.unread, channel === undefined ? texts.appName : channel.title)
  }, [channels.unread, channel?.title, texts])
  useShortcuts(channels.list, place.channelId, setDialog)

  const close = (): void => setDialog(null)
  return (
    <AppContext.Provider value={app}>
      <div class={`app ${channel === undefined ? 'at-list' : 'at-channel'}`}>
        <ConnectionBar />
        <Sidebar
          openId={place.channelId}
          onNew={() => setDialog('create')}
          onBrowse={() => setDialog('browse')}
          onMe={() => setDialog('me')}
        />
        {channel === undefined ? (
          <main class="welcome">
            <h1>{texts.appName}</h1>
            <p>{texts.logIn.tagline}</p>
          </main>
        ) : (
          <ChannelPage
            key={channel.channelId}
            channel={channel}
            seq={place.seq}
            onBack={() => go(null)}
          />
        )}
      </div>
      {dialog === 'create' && <CreateDialog onClose={close} />}
      {dialog === 'browse' && <BrowseDialog onClose={close} />}
      {dialog === 'switcher' && <SwitcherDialog onClose={close} />}
      {dialog === 'shortcuts' && <ShortcutsDialog onClose={close} />}
      {dialog === 'me' && <MeDialog onClose={close} onShortcuts={() => setDialog('shortcuts')} />}
      <div class="toast" role="status" aria-live="polite">
        {toast !== '' && <p dir="auto">{toast}</p>}
      </div>
    </AppContext.Provider>
  )
}

function reasonOf(error: unknown, { errors, fatal }: Texts): string {
  const { code, message } = error as { code?: string; message?: string }
  return errors[code ?? ''] ?? message ?? fatal
}

function useShortcuts(
  list: readonly ChannelItem[],
  openId: string | null,
  setDialog: (name: DialogName) => void,
): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.isComposing) return
      const { key, altKey, shiftKey } = event
      const isCommand = event.ctrlKey || event.metaKey
      if (isCommand && key.toLowerCase() === 'k') {
        event.preventDefault()
        setDialog('switcher')
      } else if (isCommand && key === '/') {
        event.preventDefault()
        setDialog('shortcuts')
      } else if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
        event.preventDefault()
        const step = key === 'ArrowDown' ? 1 : -1
        const wanted = neighbour(list, openId, step, shiftKey)
        if (wanted !== undefined) go(wanted.channelId)
      }
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [list, openId])
}

/** The next channel of the list in a direction, or the next one with unread messages. */
function neighbour(
  list: readonly ChannelItem[],
  openId: string | null,
  step: 1 | -1,
  unreadOnly: boolean,
): ChannelItem | undefined {
  const begin = list.findIndex(({ channelId }) => channelId === openId)
  for (let at = begin + step; at >= 0 && at < list.length; at += step) {
    const channel = list[at]
    if (channel !== undefined && (!unreadOnly || channel.unread > 0)) return channel
  }
  return undefined
}
