import { describe, expect, it } from '@jest/globals'
import { readConfig } from '@rookery/service-kit'
import { z } from 'zod'
import { bridgeVariables, toBridgeConfig } from './config.ts'

const read = (env: Record<string, string>) =>
  toBridgeConfig(readConfig(z.object({ ...bridgeVariables }), env))

describe('settings of the bridge', () => {
  it('switches the bridge on by default, with root / and one replica', () => {
    expect(read({})).toEqual({ enabled: true, root: '/', replicationFactor: 1 })
  })

  it('switches the bridge off with BRIDGE=false', () => {
    expect(read({ BRIDGE: 'false' }).enabled).toBe(false)
  })

  it('accepts a BRIDGE_ROOT whose folders begin with dots', () => {
    expect(read({ BRIDGE_ROOT: '/.a/..b/c' }).root).toBe('/.a/..b/c')
  })

  it.each(['/chat/', 'chat', '//', '/a b', '/.', '/a/../b'])(
    'refuses the BRIDGE_ROOT %s',
    (root) => {
      expect(() => read({ BRIDGE_ROOT: root })).toThrow('BRIDGE_ROOT')
    },
  )
})
