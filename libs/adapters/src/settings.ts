import {
  envHost,
  envKey,
  envInteger,
  envLogLevel,
  envPort,
  type LogLevel,
} from '@rookery/service-kit'
import { z } from 'zod'

type Setting<T> = z.ZodPrefault<z.ZodType<T, string>>
type Required = z.ZodString
type Optional = z.ZodOptional<z.ZodString>

/** The addresses of the engines, and the layout of the platform's data on them. */
export type EngineVariables = {
  readonly KAFKA_BROKERS: Required
  readonly KAFKA_PARTITIONS: Setting<number>
  readonly KAFKA_REPLICATION_FACTOR: Setting<number>
  readonly CASSANDRA_CONTACT_POINTS: Required
  readonly CASSANDRA_LOCAL_DATACENTER: z.ZodPrefault<z.ZodString>
  readonly CASSANDRA_KEYSPACE: z.ZodPrefault<z.ZodString>
  readonly CASSANDRA_REPLICATION_FACTOR: Setting<number>
  readonly REDIS_URL: Required
  readonly ZOOKEEPER_CONNECT: Required
  readonly MYSQL_URL: Required
  readonly MYSQL_PASSWORD: Optional
}

export const engineVariables: EngineVariables = {
  KAFKA_BROKERS: z.string().meta({ description: 'host:port of some brokers, separated by commas' }),
  KAFKA_PARTITIONS: envInteger(1, 1_000)
    .prefault('12')
    .meta({ description: 'partitions of the channel log; cannot change after its creation' }),
  KAFKA_REPLICATION_FACTOR: envInteger(1, 9)
    .prefault('1')
    .meta({ description: 'copies of the log: 3 in production' }),
  CASSANDRA_CONTACT_POINTS: z
    .string()
    .meta({ description: 'host:port of some nodes, separated by commas' }),
  CASSANDRA_LOCAL_DATACENTER: z
    .string()
    .prefault('datacenter1')
    .meta({ description: 'the data centre that all services use' }),
  CASSANDRA_KEYSPACE: z
    .string()
    .prefault('rookery')
    .meta({ description: 'the keyspace; created if it is missing' }),
  CASSANDRA_REPLICATION_FACTOR: envInteger(1, 9)
    .prefault('1')
    .meta({ description: 'copies of the messages: 3 in production' }),
  REDIS_URL: z.string().meta({ secret: true, description: 'redis://[:password@]host:port/db' }),
  ZOOKEEPER_CONNECT: z
    .string()
    .meta({ description: 'host:port of the servers, separated by commas' }),
  MYSQL_URL: z
    .string()
    .meta({ secret: true, description: 'mysql://user[:password]@host:port/database' }),
  MYSQL_PASSWORD: z
    .string()
    .optional()
    .meta({ secret: true, description: 'the password, if MYSQL_URL has none' }),
}

/** The settings that every service process has. */
export type ProcessVariables = {
  readonly PORT: Setting<number>
  readonly HOST: Setting<string>
  readonly SERVER_ID: Optional
  readonly LOG_LEVEL: Setting<LogLevel>
}

export const processVariables: ProcessVariables = {
  PORT: envPort()
    .prefault('3000')
    .meta({ description: 'the port of the service, and of /health, /ready and /metrics' }),
  HOST: envHost().prefault('0.0.0.0').meta({ description: 'the address to listen on' }),
  SERVER_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 characters of A–Z a–z 0–9 . _ -')
    .optional()
    .meta({ description: 'the name of this process; by default a new name at each start' }),
  LOG_LEVEL: envLogLevel().prefault('info').meta({
    description: 'lowest level that is logged: fatal, error, warn, info, debug, trace or silent',
  }),
}

export type TokenVariables = {
  readonly JWT_SECRET: Optional
  readonly JWT_PREVIOUS_SECRET: Optional
}

export const tokenVariables: TokenVariables = {
  JWT_SECRET: envKey()
    .optional()
    .meta({ secret: true, description: 'the key of access tokens, at least 32 bytes (required)' }),
  JWT_PREVIOUS_SECRET: envKey()
    .optional()
    .meta({ secret: true, description: 'the former key; keep it for as long as its tokens live' }),
}

export type EngineSettings = z.output<z.ZodObject<EngineVariables>>
export type ProcessSettings = z.output<z.ZodObject<ProcessVariables>>
export type TokenSettings = z.output<z.ZodObject<TokenVariables>>
