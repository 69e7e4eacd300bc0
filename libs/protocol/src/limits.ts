import { z } from 'zod'

/** The limits that a server announces in `authenticated`. Its operator may change them. */
export const limitsSchema = z
  .object({
    /** Bytes on the wire of one frame from a client. Answers with many messages are larger. */
    maxFrameBytes: z.int().positive(),
    maxContentCodePoints: z.int().positive(),
    /** Sustained sends of one user on one server. */
    messagesPerSecond: z.number().positive(),
    /** Sends in one burst. A client may also leave this many sends unanswered. */
    messageBurst: z.int().positive(),
    /** Users whose presence one socket may watch. */
    watchedUsers: z.int().positive(),
    socketsPerUser: z.int().positive(),
    devicesPerUser: z.int().positive(),
  })
  .meta({ id: 'Limits' })

export type Limits = z.infer<typeof limitsSchema>

export const defaultLimits: Readonly<Limits> = {
  maxFrameBytes: 65_536,
  maxContentCodePoints: 4000,
  messagesPerSecond: 5,
  messageBurst: 20,
  watchedUsers: 500,
  socketsPerUser: 10,
  devicesPerUser: 2,
}
