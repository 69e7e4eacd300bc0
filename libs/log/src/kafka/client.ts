import type { Logger } from '@rookery/service-kit'
import { Kafka, logLevel } from 'kafkajs'
import { patchKafkajs } from './kafkajs-internals.ts'

export interface ClientOptions {
  /** `host:port` each. */
  brokers: readonly string[]
  /** Shows in the brokers' logs and as a group's consumer. */
  clientId: string
  /** Gets what the client library warns of. */
  logger?: Logger | undefined
}

export const requestTimeoutMs = 3_000
/** Of every request that may be repeated: with the above, an absent broker is noticed within the time-out of an append. */
export const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 }

export function createClient({ brokers, clientId, logger }: ClientOptions): Kafka {
  patchKafkajs()
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 2_000,
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: logger === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator:
      () =>
      ({ level, namespace, log }) => {
        // It calls every answer an error that it goes on to retry by itself; what it gives up comes to us as a rejection.
        const details = { kafka: log.message, in: namespace }
        if (level === logLevel.ERROR) logger?.info(details, 'the log client tries again')
        else logger?.debug(details, 'the log client warns')
      },
  })
}
