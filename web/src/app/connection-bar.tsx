import { useEffect, useState } from 'preact/hooks'
import { useApp } from './context.ts'
import { useSnapshot } from './use-snapshot.ts'

/** Says that there is no connection, and when the next try is. Shown only then. */
export function ConnectionBar() {
  const { store, texts } = useApp()
  const { state, nextTryAt, error } = useSnapshot(store.connection)
  const { durable } = useSnapshot(store.outbox)
  const [now, setNow] = useState(Date.now())
  const isWaiting = state === 'offline' && nextTryAt !== null
  useEffect(() => {
    if (!isWaiting) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [isWaiting, nextTryAt])
  if (state === 'connected' || state === 'closed' || state === 'logged_out') return null
  const seconds = nextTryAt === null ? null : Math.ceil((nextTryAt - now) / 1_000)
  return (
    <div class={`bar ${state}`} role="status">
      {state === 'connecting' && texts.connection.connecting}
      {state === 'offline' && (
        <>
          <strong>{texts.connection.offline}</strong>{' '}
          <span aria-hidden="true">{seconds !== null && texts.connection.nextTry(seconds)}</span>{' '}
          <button type="button" class="link" onClick={() => store.retryNow()}>
            {texts.connection.retryNow}
          </button>{' '}
          {durable ? texts.connection.queued : texts.connection.notKept}
        </>
      )}
      {state === 'replaced' && (
        <>
          {texts.connection.replaced}{' '}
          <button type="button" class="link" onClick={() => location.reload()}>
            {texts.connection.reload}
          </button>
        </>
      )}
      {state === 'refused' && (texts.errors[error?.code ?? ''] ?? error?.message)}
    </div>
  )
}
