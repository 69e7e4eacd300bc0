import './console.css'
import { render } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { LogInPage } from '../app/log-in.tsx'
import { Session } from '../app/session.ts'
import { en } from '../app/texts/en.ts'
import { applyTheme, readTheme } from '../app/theme.ts'
import { AuditPage } from './audit.tsx'
import { ClusterPage } from './cluster.tsx'
import { Consumers } from './consumer.tsx'
import { Producer } from './producer.tsx'
import { ProtocolPage } from './protocol.tsx'
import { type Console, ConsoleContext, describe } from './tools.ts'
import { UsersPage } from './users.tsx'

const pages = {
  '': { title: 'Producer', Page: Producer },
  consumer: { title: 'Consumer', Page: Consumers },
  cluster: { title: 'Cluster', Page: ClusterPage },
  users: { title: 'Users', Page: UsersPage },
  audit: { title: 'Audit trail', Page: AuditPage },
  protocol: { title: 'Protocol', Page: ProtocolPage },
} as const

type PageName = keyof typeof pages

const sayMs = 6_000
const retryMs = 3_000

function pageOf(path: string): PageName {
  const name = path.replace(/^\/console\/?/, '')
  return Object.hasOwn(pages, name) ? (name as PageName) : ''
}

function Root() {
  const [, redraw] = useState({})
  const [session] = useState(() => new Session(() => redraw({})))
  const [isKnown, setKnown] = useState(false)
  const [page, setPage] = useState(pageOf(location.pathname))
  const [said, setSaid] = useState('')
  const [fault, setFault] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const resume = (): void => {
      session.resume().then(
        () => setKnown(true),
        () => (timer = setTimeout(resume, retryMs)),
      )
    }
    resume()
    const back = (): void => setPage(pageOf(location.pathname))
    addEventListener('popstate', back)
    return () => {
      clearTimeout(timer)
      removeEventListener('popstate', back)
    }
  }, [])
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), sayMs)
    return () => clearTimeout(timer)
  }, [said])
  const tools: Console = useMemo(
    () => ({
      session,
      say: (text) => {
        setSaid(text)
        setFault('')
      },
      fail: (error) => setFault(describe(error)),
    }),
    [session],
  )
  const { title, Page } = pages[page]
  useEffect(() => {
    document.title = `${title} · Rookery console`
    setFault('')
  }, [title])
  if (!isKnown) return <p class="note">Connecting …</p>
  if (session.auth === null) return <LogInPage session={session} texts={en} ended={session.ended} />
  return (
    <ConsoleContext.Provider value={tools}>
      <div class="console">
        <header>
          <h1>Rookery console</h1>
          <a href="/">Chat</a>
          <span>
            <bdi>{session.auth.user.displayName}</bdi>
          </span>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              session.logOut().catch(tools.fail)
            }}
          >
            Log out
          </button>
        </header>
        <nav aria-label="Pages of the console">
          {Object.entries(pages).map(([name, { title }]) => (
            <a
              key={name}
              href={name === '' ? '/console' : `/console/${name}`}
              aria-current={name === page ? 'page' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
                event.preventDefault()
                history.pushState(null, '', event.currentTarget.href)
                setPage(name as PageName)
              }}
            >
              {title}
            </a>
          ))}
        </nav>
        <main>
          {fault !== '' && (
            <p class="warn fault" role="alert">
              <span dir="auto">{fault}</span>
              <button type="button" class="link" onClick={() => setFault('')}>
                Close this
              </button>
            </p>
          )}
          <Page />
        </main>
      </div>
      <div class="toast" role="status" aria-live="polite">
        {said !== '' && <p dir="auto">{said}</p>}
      </div>
    </ConsoleContext.Provider>
  )
}

applyTheme(readTheme())
const root = document.querySelector('#app')
if (root !== null) render(<Root />, root)
