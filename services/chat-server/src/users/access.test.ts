import { expect, it } from '@jest/globals'
import { serverLimits } from '@rookery/protocol'
import { identityOf } from '../../tests/open-connection.ts'
import { quietHubDeps } from '../../tests/quiet-hub-deps.ts'
import { memberRow } from '../../tests/rows.ts'
import { ChannelHub } from '../channels/channel-hub.ts'
import { requireAccess, requireRoomForOne } from './access.ts'

const channelId = 'g-0'

it('a member who cannot be let in just now is told to try again', async () => {
  const { user } = identityOf('ann')
  let present = true
  const deps = {
    store: { member: async () => memberRow('ann', { present }), channel: async () => null },
    users: { admit: async () => false },
  }
  const refusal = { code: 'unavailable', retryAfterMs: expect.any(Number) }
  await expect(requireAccess(deps, { user }, channelId, 'send')).rejects.toMatchObject(refusal)
  present = false
  await expect(requireAccess(deps, { user }, channelId, 'send')).rejects.toMatchObject({
    code: 'not_found',
  })
})

it('a channel that was left through another server does not count towards the limit', async () => {
  const limit = serverLimits.channelsPerUser
  const { user } = identityOf('ann')
  for (let n = 0; n < limit; n += 1) new ChannelHub(`g-${n}`, quietHubDeps).attach(user, 'member')
  let stored = limit - 1
  const store = {
    channelsOf: async () => Array.from({ length: stored }, () => memberRow('ann')),
  }
  await requireRoomForOne({ store }, { user })
  stored = limit
  await expect(requireRoomForOne({ store }, { user })).rejects.toMatchObject({ code: 'conflict' })
})
