import type { Logger } from '@rookery/service-kit'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { patchKafkajs } from '@rookery/kafka-client'

export interface ClientOptions {
  /** `host:port` each. */
  brokers: readonly string[]
  /** Shown in the brokers' logs, and as the client of a group's consumer. */
  clientId: string
  /** Gets the warnings of the client library. */
  logger?: Logger | undefined
}

export const requestTimeoutMs = 3_000
/**
 * For requests that may be repeated. With these values an absent broker is noticed within the
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
        // The library logs an error for every answer that it will retry. A failure that it does not
        // retry reaches us as a rejection.
        const details = { kafka: log.message, in: namespace }
        if (level === logLevel.ERROR)
          logger?.info(details, 'a request to Kafka failed, it is tried again')
        else logger?.debug(details, 'the Kafka client library warns')
      },
  })
}

/** No transactions, no `idempotent`: see AppendCollector. */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    retry,
    // If a leader hangs with an open connection, the library has no reason to ask for the new
    // leader. Metadata of this age is read again at the next attempt.
    metadataMaxAge: requestTimeoutMs,
  })
}
