import { expect, it } from '@jest/globals'
import { serverLimits } from '@rookery/protocol'
import { requireAccess, requireRoomForOne } from './access.ts'
import type { Connection } from '../sockets/connection.ts'
import type { ChatContext } from '../context.ts'

const channelId = 'g-0'

it('a member that cannot be let in just now is told to try again', async () => {
  const connection = { user: { username: 'ann', channels: new Map() } } as unknown as Connection
  let present = true
  const ctx = {
    store: { member: async () => ({ present, role: 'member' }), channel: async () => null },
    users: { admit: async () => false },
  } as unknown as ChatContext
  const refusal = { code: 'unavailable', retryAfterMs: expect.any(Number) }
  await expect(requireAccess(ctx, connection, channelId, 'send')).rejects.toMatchObject(refusal)
  present = false
  await expect(requireAccess(ctx, connection, channelId, 'send')).rejects.toMatchObject({
    code: 'not_found',
  })
})

it('who is in as many channels as one may, but for one left elsewhere, has room for one', async () => {
  const limit = serverLimits.channelsPerUser
  const channels = new Map(Array.from({ length: limit }, (_, n) => [`g-${n}`, {}]))
  const connection = { user: { username: 'ann', channels } } as unknown as Connection
  let stored = limit - 1
  const ctx = {
    store: { channelsOf: async () => Array.from({ length: stored }) },
  } as unknown as ChatContext
  await requireRoomForOne(ctx, connection)
  stored = limit
  await expect(requireRoomForOne(ctx, connection)).rejects.toMatchObject({ code: 'conflict' })
})
