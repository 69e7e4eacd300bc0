import { describe, expect, it } from '@jest/globals'
import { StoreError, type StoreErrorCode } from '@rookery/message-store'
import { createLogger } from '@rookery/service-kit'
import { waitFor } from './wait-for.ts'

const logger = createLogger('test', { level: 'silent' })

/** An engine that fails `refusals` times to open, and then opens. */
function engine(refusals: number, code: StoreErrorCode) {
  const state = { attempts: 0 }
  const open = async (): Promise<string> => {
    state.attempts += 1
    if (state.attempts <= refusals) throw new StoreError(code, 'no')
    return 'open'
  }
  return { state, open }
}

describe('waiting for an engine', () => {
  it('waits until the engine answers', async () => {
    const { open, state } = engine(1, 'unavailable')
    const { signal } = new AbortController()
    expect(await waitFor('kafka', open, { logger, signal })).toBe('open')
    expect(state.attempts).toBe(2)
  })

  it.each(['denied', 'mismatch'] as const)(
    'does not wait after an error that waiting cannot remove: %s',
    async (code) => {
      const { open, state } = engine(1, code)
      const { signal } = new AbortController()
      await expect(waitFor('kafka', open, { logger, signal })).rejects.toMatchObject({ code })
      expect(state.attempts).toBe(1)
    },
  )

  it('stops waiting for an engine when the process is stopped', async () => {
    const { open } = engine(Infinity, 'unavailable')
    const stop = new AbortController()
    const waiting = waitFor('kafka', open, { logger, signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})
