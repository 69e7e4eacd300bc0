import { RookeryClient } from '@rookery/client'
import type { Session } from '../app/session.ts'
import { consoleDevice } from './tools.ts'

/** Joins a public channel over a socket of its own, which is closed again. */
export async function joinChannel(session: Session, channelId: string): Promise<void> {
  const client = new RookeryClient({ url: location.origin, deviceId: consoleDevice })
  client.useTokens(session.auth ?? (await session.renew()))
  try {
    await client.connect()
    await client.join({ channelId })
  } finally {
    client.close()
  }
}
