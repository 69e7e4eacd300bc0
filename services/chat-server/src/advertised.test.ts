import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { readConfig } from '@rookery/service-kit'
import { advertisedAddress, isGuessed } from './advertised.ts'
import { chatVariables, toChatConfig } from './config.ts'

const at = { serverId: 'chat-1', host: '0.0.0.0', port: 3001 }
const configOf = (env: Record<string, string>) =>
  toChatConfig(readConfig(z.object(chatVariables), env)).advertised

describe('the address that a chat server advertises', () => {
  it.each([
    ['to this machine, by default', {}, { host: '127.0.0.1', port: 3001 }],
    ['to a host', { ADVERTISED_HOST: 'a.example' }, { host: 'a.example', port: 3001 }],
    ['to a port', { ADVERTISED_PORT: '80' }, { host: '127.0.0.1', port: 80 }],
    [
      'to a URL with a path',
      { ADVERTISED_URL: 'wss://a.example/socket' },
      { host: 'a.example', port: 443, url: 'wss://a.example/socket' },
    ],
    [
      'to a URL of each server',
      { ADVERTISED_URL: 'wss://{id}.a.example:8443/' },
      { host: 'chat-1.a.example', port: 8443, url: 'wss://chat-1.a.example:8443/' },
    ],
    [
      'to a URL with its host and port',
      {
        ADVERTISED_URL: 'ws://{host}:{port}/x',
        ADVERTISED_HOST: '2001:db8::7',
        ADVERTISED_PORT: '9',
      },
      { host: '2001:db8::7', port: 9, url: 'ws://[2001:db8::7]:9/x' },
    ],
  ])('sends clients %s', (_what, env, address) => {
    expect(advertisedAddress(configOf(env), at)).toEqual(address)
  })

  it.each([
    ['http://a.example', 'ADVERTISED_URL'],
    ['wss://a.example/?token=x', 'ADVERTISED_URL'],
    ['wss://a.example/?', 'ADVERTISED_URL'],
    ['wss://a.example/#x', 'ADVERTISED_URL'],
    ['wss://user@a.example', 'ADVERTISED_URL'],
    ['wss://{name}.example', 'ADVERTISED_URL'],
    ['wss://a.example:port', 'ADVERTISED_URL'],
    ['wss://a.example:99999', 'ADVERTISED_URL'],
    ['wss://0.0.0.0:3001', 'ADVERTISED_URL'],
    ['wss://a example', 'ADVERTISED_URL'],
    ['wss://', 'ADVERTISED_URL'],
    ['a.example', 'ADVERTISED_URL'],
    ['0.0.0.0', 'ADVERTISED_HOST'],
    ['::', 'ADVERTISED_HOST'],
    ['0', 'ADVERTISED_PORT'],
  ])('refuses the value %s of %s at the start', (value, variable) => {
    expect(() => configOf({ [variable]: value })).toThrow(variable)
  })

  it.each([
    ['0.0.0.0', {}, true],
    ['::', {}, true],
    ['0.0.0.0', { ADVERTISED_URL: 'ws://{host}:{port}' }, true],
    ['0.0.0.0', { ADVERTISED_HOST: 'a.example' }, false],
    ['::', { ADVERTISED_URL: 'wss://a.example' }, false],
    ['127.0.0.1', {}, false],
    ['192.0.2.7', {}, false],
  ])(
    'a server that listens at %s with the settings %j advertises a guess: %s',
    (host, env, guessed) => {
      expect(isGuessed(configOf(env), host)).toBe(guessed)
    },
  )
})
