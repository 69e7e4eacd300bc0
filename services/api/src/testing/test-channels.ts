import { createDispatcher } from '@rookery/dispatcher'
import {
  publicNameKey,
  decodePushes,
  directChannelId,
  groupChannelId,
  publicChannelId,
  type RecordBody,
} from '@rookery/domain'
import { createLogger, Metrics } from '@rookery/service-kit'
import { Submitter } from '@rookery/submission'
import type { TestApi } from './test-api.ts'

/** A running dispatcher for the api, and calls that make channels like a chat server. */
export interface TestChannels {
  direct(one: string, other: string): Promise<string>
  group(owner: string, ...members: string[]): Promise<string>
  public(owner: string, name: string, ...members: string[]): Promise<string>
  /** Appends what a user does, and resolves with its seq once it is stored. */
  act(channelId: string, user: string, body: RecordBody): Promise<number>
  say(channelId: string, user: string, content: string): Promise<number>
  close(): Promise<void>
}

const origin = 'chat-2'

export async function openTestChannels({ ports }: TestApi): Promise<TestChannels> {
  const logger = createLogger('dispatcher', { level: 'silent' })
  const dispatcher = await createDispatcher({ ...ports, logger, metrics: new Metrics('test') })
  const submitter = new Submitter({ ...ports, origin })
  await ports.routing.renewServer(origin)
  const unsubscribe = await ports.bus.subscribe(origin, (batch) => {
    for (const push of decodePushes(batch)) {
      if (push.k === 'event') submitter.settle(push)
      else if (push.k === 'answer') submitter.answer(push)
    }
  })
  let clientSeq = 0
  const session = '_test'
  const act = async (channelId: string, user: string, body: RecordBody): Promise<number> => {
    const number = { session, clientSeq: ++clientSeq }
    const outcome = await submitter.outcomeOf({ channelId, user, body, ...number })
    if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${outcome.kind}`)
    return outcome.seq
  }
  const membersOf = (owner: string, others: readonly string[]) => [
    { username: owner, role: 'owner' as const },
    ...others.map((username) => ({ username, role: 'member' as const })),
  ]
  return {
    act,
    say: (channelId, user, content) => act(channelId, user, { type: 'chat_message', content }),
    direct: async (one, other) => {
      const channelId = directChannelId(one, other)
      const members = [one, other]
        .sort((a, b) => (a < b ? -1 : 1))
        .map((username) => ({ username, role: 'member' as const }))
      await act(channelId, one, { type: 'channel_created', kind: 'direct', name: null, members })
      return channelId
    },
    group: async (owner, ...others) => {
      const channelId = groupChannelId(owner, { session, clientSeq: clientSeq + 1 })
      const members = membersOf(owner, others)
      await act(channelId, owner, {
        type: 'channel_created',
        kind: 'group',
        name: 'Group',
        members,
      })
      return channelId
    },
    public: async (owner, name, ...others) => {
      const nameKey = publicNameKey(name)
      const channelId = publicChannelId(nameKey)
      const members = membersOf(owner, others)
      const body = { type: 'channel_created', kind: 'public', name, nameKey, members } as const
      await act(channelId, owner, body)
      return channelId
    },
    close: async () => {
      submitter.close()
      await dispatcher.close()
      await unsubscribe()
    },
  }
}
