import { useEffect, useState } from 'preact/hooks'

/** Where the app is: at a channel, and perhaps at one of its messages. */
export interface Place {
  readonly channelId: string | null
  readonly seq: number | undefined
}

const changed = new EventTarget()

export function placeOf(path: string): Place {
  const [, channel, seq] = /^\/app\/c\/([^/]+)(?:\/(\d+))?$/.exec(path) ?? []
  if (channel === undefined) return { channelId: null, seq: undefined }
  return {
    channelId: decodeURIComponent(channel),
    seq: seq === undefined ? undefined : Number(seq),
  }
}

export function go(channelId: string | null, seq?: number): void {
  const path =
    channelId === null
      ? '/'
      : `/app/c/${encodeURIComponent(channelId)}${seq === undefined ? '' : `/${seq}`}`
  if (path !== location.pathname) history.pushState(null, '', path)
  changed.dispatchEvent(new Event('change'))
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.pathname))
  useEffect(() => {
    const read = (): void => setPlace(placeOf(location.pathname))
    addEventListener('popstate', read)
    changed.addEventListener('change', read)
    return () => {
      removeEventListener('popstate', read)
      changed.removeEventListener('change', read)
    }
  }, [])
  return place
}
