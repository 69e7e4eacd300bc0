import { runEngineService, tokenVariables } from '@rookery/adapters'
import { ConfigError } from '@rookery/service-kit'
import { AccessTokens } from '@rookery/tokens'
import { z } from 'zod'
import { createChatServer } from './chat-server.ts'
import { chatVariables, toChatConfig } from './config.ts'

const variables = {
  ...chatVariables,
  ...tokenVariables,
  ACCESS_TOKEN_TTL: z
    .string()
    .optional()
    .meta({ description: 'used by the api, may also be set here' }),
}
/** The longest life of an access token. An ended log-in must be remembered for that long. */
const maxTokenTtlMs = 15 * 60_000

runEngineService('chat-server', variables, process.env, {
  ops: false,
  open: async ({ adapters, settings, serverId, logger, metrics }) => {
    if (settings.JWT_SECRET === undefined)
      throw new ConfigError('JWT_SECRET', 'is required (or JWT_SECRET_FILE)')
    const previous = settings.JWT_PREVIOUS_SECRET
    const tokens = new AccessTokens({
      secrets: previous === undefined ? [settings.JWT_SECRET] : [settings.JWT_SECRET, previous],
      ttlMs: maxTokenTtlMs,
    })
    const log = await adapters.log()
    const store = await adapters.store(log)
    const directory = await adapters.directory()
    const coordination = await adapters.coordination()
    const accounts = await adapters.accounts()
    return async () => {
      const chat = createChatServer({
        log,
        store,
        ...directory,
        coordination,
        accounts,
        tokens,
        logger,
        metrics,
        serverId,
        config: toChatConfig(settings),
        readiness: adapters.readiness,
      })
      await chat.listen({ host: settings.HOST, port: settings.PORT })
      return chat
    }
  },
})
