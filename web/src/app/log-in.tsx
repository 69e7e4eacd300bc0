import { useState } from 'preact/hooks'
import type { Session } from './session.ts'
import type { Texts } from './texts/en.ts'

/** The page of somebody who is not logged in. */
export function LogInPage({
  session,
  texts,
  ended,
}: {
  session: Session
  texts: Texts
  /** The log-in has just ended. */
  ended: boolean
}) {
  const [isNew, setNew] = useState(false)
  const [username, setUsername] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState(ended ? texts.logIn.ended : '')
  const submit = async (): Promise<void> => {
    if (isNew && password !== repeated) return setError(texts.logIn.passwordsDiffer)
    setBusy(true)
    setError('')
    try {
      if (isNew) await session.register(username.trim(), password, displayName.trim())
      else await session.logIn(username.trim(), password)
    } catch (cause) {
      const { code, message } = cause as { code?: string; message?: string }
      setError(texts.errors[code ?? ''] ?? message ?? texts.fatal)
      setBusy(false)
    }
  }
  return (
    <main class="log-in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <h1>
          {texts.appName}
          <small>{texts.logIn.tagline}</small>
        </h1>
        <h2>{isNew ? texts.logIn.registerTitle : texts.logIn.title}</h2>
        <label>
          {texts.logIn.username}
          <input
            autoFocus
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby={isNew ? 'username-hint' : undefined}
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
          {isNew && <small id="username-hint">{texts.logIn.usernameHint}</small>}
        </label>
        {isNew && (
          <label>
            {texts.logIn.displayName}
            <input
              dir="auto"
              autocomplete="name"
              value={displayName}
              onInput={(event) => setDisplayName(event.currentTarget.value)}
            />
            <small>{texts.logIn.displayNameHint}</small>
          </label>
        )}
        <label>
          {texts.logIn.password}
          <input
            required
            type="password"
            autocomplete={isNew ? 'new-password' : 'current-password'}
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          {isNew && <small>{texts.logIn.passwordHint}</small>}
        </label>
        {isNew && (
          <label>
            {texts.logIn.repeatPassword}
            <input
              required
              type="password"
              autocomplete="new-password"
              value={repeated}
              onInput={(event) => setRepeated(event.currentTarget.value)}
            />
          </label>
        )}
        {error !== '' && (
          <p class="warn" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? texts.logIn.busy : isNew ? texts.logIn.register : texts.logIn.logIn}
        </button>
        <button type="button" class="link" onClick={() => setNew(!isNew)}>
          {isNew ? texts.logIn.toLogIn : texts.logIn.toRegister}
        </button>
      </form>
    </main>
  )
}
