import { runEngineService, tokenVariables } from '@rookery/adapters'
import { bridgeVariables, enrollingAccounts } from '@rookery/bridge'
import { ConfigError } from '@rookery/service-kit'
import { AccessTokens } from '@rookery/tokens'
import { createApi } from './api.ts'
import { apiVariables, toApiConfig } from './config.ts'

runEngineService('api', { ...apiVariables, ...bridgeVariables, ...tokenVariables }, process.env, {
  ops: false,
  open: async ({ adapters, settings, serverId, logger, metrics }) => {
    if (settings.JWT_SECRET === undefined)
      throw new ConfigError('JWT_SECRET', 'is required (or JWT_SECRET_FILE)')
    const config = toApiConfig(settings)
    const previous = settings.JWT_PREVIOUS_SECRET
    const tokens = new AccessTokens({
      secrets: previous === undefined ? [settings.JWT_SECRET] : [settings.JWT_SECRET, previous],
      ttlMs: config.accessTokenTtlMs,
    })
    const log = await adapters.log()
    const store = await adapters.store(log)
    const directory = await adapters.directory()
    const coordination = await adapters.coordination()
    const plain = await adapters.accounts()
    const bridge = await adapters.bridge(settings)
    const accounts = bridge === null ? plain : enrollingAccounts(plain, bridge)
    return async () => {
      const { readiness } = adapters
      const shared = { log, store, ...directory, coordination, accounts, tokens, logger, metrics }
      const api = await createApi({ ...shared, config, serverId, readiness })
      await api.listen({ host: settings.HOST, port: settings.PORT })
      return api
    }
  },
})
