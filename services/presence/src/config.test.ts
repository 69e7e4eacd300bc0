import { readConfig } from '@rookery/service-kit'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { presenceVariables, toPresenceConfig } from './config.ts'

const read = (env: Record<string, string>): unknown =>
  toPresenceConfig(readConfig(z.object(presenceVariables), env))

describe('the presence settings', () => {
  it('reads PRESENCE_GRACE, which is 4 s by default', () => {
    expect(read({})).toEqual({ graceMs: 4_000 })
    expect(read({ PRESENCE_GRACE: '1s' })).toEqual({ graceMs: 1_000 })
  })

  it('refuses a grace with which a user could be shown for more than 15 s', () => {
    expect(() => read({ PRESENCE_GRACE: '11s' })).toThrow(/PRESENCE_GRACE/)
  })
})
