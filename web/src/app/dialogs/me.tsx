import type { LoginSession, SettableStatus } from '@rookery/protocol'
import { useEffect, useState } from 'preact/hooks'
import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'
import { languages } from '../texts/texts.ts'
import { type Density, readDensity, readTheme, setDensity, setTheme, type Theme } from '../theme.ts'
import { useSnapshot } from '../use-snapshot.ts'

const statuses: readonly SettableStatus[] = ['online', 'away', 'busy', 'invisible']
const themes: readonly Theme[] = ['system', 'light', 'dark']
const densities: readonly Density[] = ['comfortable', 'compact']

/** The user's own name, status, log-ins and settings of this page. */
export function MeDialog({
  onClose,
  onShortcuts,
}: {
  onClose: () => void
  onShortcuts: () => void
}) {
  const { store, session, texts, toast, fail, language, setLanguage } = useApp()
  const me = useSnapshot(store.me)
  const outbox = useSnapshot(store.outbox)
  const [displayName, setDisplayName] = useState(me.displayName)
  const [statusText, setStatusText] = useState(me.statusText)
  const [theme, chooseTheme] = useState(readTheme())
  const [density, chooseDensity] = useState(readDensity())
  const status = statuses.find((each) => each === me.status) ?? 'online'
  const logOut = (): void => {
    if (outbox.items.length > 0 && !confirm(texts.me.logOutUnsent)) return
    session.logOut().catch(fail)
  }
  return (
    <Dialog title={texts.me.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          store.setDisplayName(displayName.trim()).then(() => toast(texts.me.save), fail)
        }}
      >
        <label>
          {texts.me.displayName}
          <span class="joined">
            <input
              dir="auto"
              value={displayName}
              onInput={(event) => setDisplayName(event.currentTarget.value)}
            />
            <button
              class="quiet"
              disabled={displayName.trim() === '' || displayName === me.displayName}
            >
              {texts.me.save}
            </button>
          </span>
        </label>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          store.setStatus(status, statusText).catch(fail)
        }}
      >
        <label>
          {texts.me.status}
          <select
            value={status}
            onChange={(event) => {
              const chosen = event.currentTarget.value as SettableStatus
              store.setStatus(chosen, statusText).catch(fail)
            }}
          >
            {statuses.map((each) => (
              <option key={each} value={each}>
                {texts.me[each as 'online']}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.me.statusText}
          <span class="joined">
            <input
              dir="auto"
              maxLength={80}
              value={statusText}
              onInput={(event) => setStatusText(event.currentTarget.value)}
            />
            <button class="quiet" disabled={statusText === me.statusText}>
              {texts.me.save}
            </button>
          </span>
        </label>
      </form>
      <div class="pair">
        <label>
          {texts.me.theme}
          <select
            value={theme}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Theme
              chooseTheme(chosen)
              setTheme(chosen)
            }}
          >
            {themes.map((each) => (
              <option key={each} value={each}>
                {texts.me[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.me.density}
          <select
            value={density}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Density
              chooseDensity(chosen)
              setDensity(chosen)
            }}
          >
            {densities.map((each) => (
              <option key={each} value={each}>
                {texts.me[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.me.languageLabel}
          <select value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
            {Object.entries(languages).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Notifications />
      <Sessions />
      <Password />
      <DeleteAccount />
      <div class="buttons">
        <button type="button" class="quiet" onClick={onShortcuts}>
          {texts.me.shortcuts}
        </button>
        <button type="button" class="danger" onClick={logOut}>
          {texts.me.logOut}
        </button>
      </div>
    </Dialog>
  )
}

function Notifications() {
  const { texts } = useApp()
  const [state, setState] = useState(
    typeof Notification === 'undefined' ? 'denied' : Notification.permission,
  )
  return (
    <section>
      <h3>{texts.me.notifications}</h3>
      {state === 'granted' && <p>{texts.me.allowed}</p>}
      {state === 'denied' && <p>{texts.me.denied}</p>}
      {state === 'default' && (
        <button
          type="button"
          class="quiet"
          onClick={() => void Notification.requestPermission().then(setState)}
        >
          {texts.me.allow}
        </button>
      )}
    </section>
  )
}

function Sessions() {
  const { session, texts, dates, fail } = useApp()
  const [list, setList] = useState<readonly LoginSession[]>([])
  const load = (): void => {
    session.rest('listSessions').then(({ sessions }) => setList(sessions), fail)
  }
  useEffect(load, [])
  return (
    <details>
      <summary>{texts.me.sessions}</summary>
      <ul class="found">
        {list.map(({ id, usedAt, device, current }) => (
          <li key={id}>
            <span>
              <bdi class="title">{device ?? 'Rookery'}</bdi>
              <small>{current ? texts.me.current : dates.full(usedAt)}</small>
            </span>
            {!current && (
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  session.rest('endSession', { params: { id } }).then(load, fail)
                }}
              >
                {texts.me.end}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Password() {
  const { session, texts, toast, fail } = useApp()
  const [oldPassword, setOld] = useState('')
  const [newPassword, setNew] = useState('')
  return (
    <details>
      <summary>{texts.me.password}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          session.changePassword(oldPassword, newPassword).then(() => {
            setOld('')
            setNew('')
            toast(texts.me.changed)
          }, fail)
        }}
      >
        <label>
          {texts.me.oldPassword}
          <input
            type="password"
            autocomplete="current-password"
            value={oldPassword}
            onInput={(event) => setOld(event.currentTarget.value)}
          />
        </label>
        <label>
          {texts.me.newPassword}
          <input
            type="password"
            autocomplete="new-password"
            value={newPassword}
            onInput={(event) => setNew(event.currentTarget.value)}
          />
        </label>
        <button class="quiet" disabled={oldPassword === '' || newPassword.length < 8}>
          {texts.me.change}
        </button>
      </form>
    </details>
  )
}

function DeleteAccount() {
  const { session, texts, fail } = useApp()
  const [password, setPassword] = useState('')
  return (
    <details>
      <summary>{texts.me.deleteAccount}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (confirm(texts.me.confirmDelete)) session.deleteAccount(password).catch(fail)
        }}
      >
        <p>{texts.me.deleteHint}</p>
        <label>
          {texts.me.oldPassword}
          <input
            type="password"
            autocomplete="current-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <button class="danger" disabled={password === ''}>
          {texts.me.deleteAccount}
        </button>
      </form>
    </details>
  )
}
