import type { Logger } from '@rookery/service-kit'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { patchKafkajs } from '@rookery/kafka-client'

export interface ClientOptions {
  /** `host:port` each. */
  brokers: readonly string[]
  /** Shows in the brokers' logs and as a group's consumer. */
  clientId: string
  /** Gets what the client library warns of. */
  logger?: Logger | undefined
}

export const requestTimeoutMs = 3_000
/**
 * Of every request that may be repeated: with the above, an absent broker is noticed within the
 * time-out of an append.
 */
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
        // It calls every answer an error that it goes on to retry by itself; what it gives up comes
        // to us as a rejection.
        const details = { kafka: log.message, in: namespace }
        if (level === logLevel.ERROR) logger?.info(details, 'the log client tries again')
        else logger?.debug(details, 'the log client warns')
      },
  })
}

/** No transactions, no `idempotent`: see AppendCollector. */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    retry,
    // A leader that hangs, its connection open, is no reason for it to ask who leads now: what it
    // knows is too old by the next attempt.
    metadataMaxAge: requestTimeoutMs,
  })
}
