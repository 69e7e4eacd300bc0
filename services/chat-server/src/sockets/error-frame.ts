import type { ServerFrameOf } from '@rookery/protocol'
import type { RequestError } from '../request-error.ts'

/** What an `error` frame repeats of the request that it answers. */
export interface Echo {
  type?: string | undefined
  requestId?: string | undefined
  channelId?: string | undefined
  clientSeq?: number | undefined
}

/** @param fatal the connection closes right after it */
export function errorFrame(
  { code, message, channelId, retryAfterMs }: RequestError,
  echo: Echo,
  fatal: boolean,
): ServerFrameOf<'error'> {
  const { requestId, clientSeq } = echo
  const about = channelId ?? echo.channelId
  return {
    type: 'error',
    code,
    message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(about === undefined ? {} : { channelId: about }),
    ...(clientSeq === undefined ? {} : { clientSeq }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(fatal ? { fatal } : {}),
  }
}
