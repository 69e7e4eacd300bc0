import { describe, expect, it } from '@jest/globals'
import type { Registration } from '@rookery/bridge'
import { directChannelId } from '@rookery/domain'
import { createLogger } from '@rookery/service-kit'
import { until } from '../../tests/until.ts'
import { ChannelToInbox, type ChannelToInboxDeps } from './channel-to-inbox.ts'

describe('ChannelToInbox', () => {
  it('reads all channels of a worker with 2,500 direct channels', async () => {
    const all = Array.from({ length: 2_500 }, (_, n) => directChannelId('bot', `user${n}`)).sort()
    const looked = new Set<string>()
    const stop = new AbortController()
    const nothing = async (): Promise<Map<string, never>> => new Map<string, never>()
    const deps = {
      serverId: 'presence',
      routing: {
        claimRoute: nothing,
        renewRoutes: nothing,
        releaseRoute: nothing,
        addInterest: nothing,
        dropInterest: nothing,
        proposeVersions: nothing,
        versions: async (usernames: string[]) => new Map(usernames.map((one) => [one, null])),
      },
      log: { partitionOf: () => 0 },
      store: {
        channelsOf: async (_: string, { after = '', limit }: { after?: string; limit: number }) =>
          all
            .filter((channelId) => channelId > after)
            .slice(0, limit)
            .map((channelId) => ({ channelId })),
        channels: nothing,
        cursor: async ({ channelId }: { channelId: string }) => {
          looked.add(channelId)
          return 0
        },
        events: async () => [],
      },
      logger: createLogger('presence', { level: 'silent' }),
    }
    const outgoing = new ChannelToInbox(deps as unknown as ChannelToInboxDeps, stop.signal)
    const registration: Registration = { kind: 'worker', incarnation: '1', removable: true }
    outgoing.setWorkers(new Map([['bot', registration]]))
    const end = performance.now() + 3_000
    await until(
      () => looked.size,
      (size) => size === all.length || performance.now() > end,
    )
    stop.abort()
    await outgoing.close()
    expect(looked.size).toBe(all.length)
  })
})
