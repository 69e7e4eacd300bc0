import './app.css'
import { openStore, type Store } from '@rookery/client/store'
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Chat } from './chat.tsx'
import { LogInPage } from './log-in.tsx'
import { keepForOffline } from './offline.ts'
import { readLastUser, Session } from './session.ts'
import type { Texts } from './texts/en.ts'
import { keepLanguage, type Language, loadTexts, preferredLanguage } from './texts/texts.ts'
import { applyDensity, applyTheme, readDensity, readTheme } from './theme.ts'
import { useSnapshot } from './use-snapshot.ts'

const retryMs = 3_000

/** Shows the log-in page or the chat, and changes between them. */
function Root({ first, firstTexts }: { first: Language; firstTexts: Texts }) {
  const [, redraw] = useState({})
  const [session] = useState(() => new Session(() => redraw({})))
  const [language, setLanguage] = useState(first)
  const [texts, setTexts] = useState(firstTexts)
  /** Null while it is not known whether somebody is logged in. */
  const [username, setUsername] = useState<string | null>(readLastUser() || null)
  const [isKnown, setKnown] = useState(false)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const resume = (): void => {
      session.resume().then(
        () => setKnown(true),
        // Without a connection the channels of the last user can be read all the same.
        () => (timer = setTimeout(resume, retryMs)),
      )
    }
    resume()
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    const { auth } = session
    if (auth !== null) setUsername(auth.user.username)
    else if (isKnown) setUsername(null)
  }, [session.auth, isKnown])

  const choose = async (next: Language): Promise<void> => {
    const loaded = await loadTexts(next)
    keepLanguage(next)
    document.documentElement.lang = next
    setTexts(loaded)
    setLanguage(next)
  }
  if (username !== null && (session.auth !== null || !isKnown))
    return (
      <LoggedIn
        key={username}
        username={username}
        session={session}
        texts={texts}
        language={language}
        setLanguage={(next) => void choose(next as Language)}
      />
    )
  if (!isKnown && session.auth === null) return <p class="note">{texts.connection.connecting}</p>
  return <LogInPage session={session} texts={texts} ended={session.ended} />
}

function LoggedIn({
  username,
  session,
  texts,
  language,
  setLanguage,
}: {
  username: string
  session: Session
  texts: Texts
  language: string
  setLanguage: (language: string) => void
}) {
  const [store, setStore] = useState<Store | null>(null)
  useEffect(() => {
    const { auth } = session
    const made = openStore({
      url: location.origin,
      username,
      renew: session.renew,
      ...(auth !== null && { auth }),
    })
    setStore(made)
    return () => {
      // After a log-out nothing of the user stays in the browser.
      if (session.auth === null && !session.ended) void made.forget()
      else void made.close()
    }
  }, [])
  if (store === null) return null
  return (
    <>
      <EndOfLogIn store={store} session={session} />
      <Chat
        store={store}
        session={session}
        texts={texts}
        language={language}
        setLanguage={setLanguage}
      />
    </>
  )
}

/** Goes to the log-in page when the server has ended the log-in. */
function EndOfLogIn({ store, session }: { store: Store; session: Session }) {
  const { state } = useSnapshot(store.connection)
  useEffect(() => {
    if (state === 'logged_out') session.end()
  }, [state])
  return null
}

applyTheme(readTheme())
applyDensity(readDensity())
const language = preferredLanguage()
document.documentElement.lang = language
const texts = await loadTexts(language)
const root = document.querySelector('#app')
if (root !== null) render(<Root first={language} firstTexts={texts} />, root)
// Without it the app works, too, but opens only with a network.
keepForOffline().catch(() => undefined)
