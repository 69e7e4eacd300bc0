import { apiVariables, toApiConfig, type ApiConfig } from '@rookery/api'
import { chatVariables, toChatConfig, type ChatConfig } from '@rookery/chat-server'
import { presenceVariables, toPresenceConfig, type PresenceConfig } from '@rookery/presence'
import {
  configHelp,
  type Environment,
  envHost,
  envKey,
  envLogLevel,
  envPort,
  type LogLevel,
  readConfig,
  secretFile,
} from '@rookery/service-kit'
import { z } from 'zod'

export interface StandaloneConfig {
  host: string
  apiPort: number
  chatPort: number
  dataFolder: string
  jwtSecrets: [string, ...string[]]
  logLevel: LogLevel
  api: ApiConfig
  chat: ChatConfig
  presence: PresenceConfig
}

const schema = z.object({
  API_PORT: envPort().prefault('3000').meta({ description: 'port of REST and the documents' }),
  CHAT_PORT: envPort().prefault('3001').meta({ description: 'port of the sockets' }),
  HOST: envHost().prefault('127.0.0.1').meta({ description: 'address to listen on' }),
  DATA_DIR: z.string().prefault('data').meta({ description: 'folder that holds all data' }),
  LOG_LEVEL: envLogLevel().prefault('warn').meta({ description: 'fatal … trace, or silent' }),
  JWT_SECRET: envKey()
    .optional()
    .meta({ secret: true, description: 'key of access tokens; else secrets/jwt_secret.txt' }),
  JWT_PREVIOUS_SECRET: envKey()
    .optional()
    .meta({ secret: true, description: 'the key before it, for as long as its tokens live' }),
  ...apiVariables,
  ...chatVariables,
  ...presenceVariables,
})

export function standaloneHelp(): string {
  return configHelp('Rookery: everything in one process, on embedded storage.', schema)
}

/** @throws ServiceKitError with one line for the operator */
export function readStandaloneConfig(env: Environment): StandaloneConfig {
  const settings = readConfig(schema, env)
  const secret = settings.JWT_SECRET ?? secretFile('secrets/jwt_secret.txt')
  const previous = settings.JWT_PREVIOUS_SECRET
  return {
    host: settings.HOST,
    apiPort: settings.API_PORT,
    chatPort: settings.CHAT_PORT,
    dataFolder: settings.DATA_DIR,
    jwtSecrets: previous === undefined ? [secret] : [secret, previous],
    logLevel: settings.LOG_LEVEL,
    api: toApiConfig(settings),
    chat: toChatConfig(settings),
    presence: toPresenceConfig(settings),
  }
}
