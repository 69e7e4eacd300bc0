import { z } from 'zod'

/** The names on which processes of different services must agree, and the records under them. */

/** The consumer group of the log in which dispatchers share its partitions. */
export const dispatcherGroup = '_rookery-dispatchers'

/** The election that the presence processes stand in. */
export const presenceElection = 'presence'

/** The group that chat servers join, so that the api can send clients to them. */
export const chatServersGroup = 'chat-servers'

/** A chat server's record in its group, as JSON. */
export interface ChatServerRecord {
  id: string
  /** An address to which clients can connect. */
  host: string
  port: number
  /** The URL for clients, if it is more than host and port: `ws://…` or `wss://…`. */
  url?: string
  sockets: number
  /** Share of one core, over the last few seconds. */
  cpu?: number
  /** The average delay of timers beyond their due time. */
  eventLoopDelayMs?: number
  /** True if it takes no new clients. */
  draining: boolean
  version?: string
}

/** Reads a {@link ChatServerRecord}. Fields that a later release adds are dropped. */
export const chatServerRecordSchema: z.ZodType<ChatServerRecord> = z.object({
  id: z.string(),
  host: z.string(),
  port: z.int(),
  url: z
    .string()
    .regex(/^wss?:\/\//i)
    .exactOptional(),
  sockets: z.int().min(0),
  cpu: z.number().min(0).exactOptional(),
  eventLoopDelayMs: z.number().min(0).exactOptional(),
  draining: z.boolean(),
  version: z.string().exactOptional(),
})
