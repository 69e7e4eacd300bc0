import type { Accounts } from '@rookery/accounts'
import type { Bridge } from '@rookery/bridge'
import type { Coordination } from '@rookery/coordination'
import type { PresenceBoard, PushBus, Routing } from '@rookery/directory'
import { decodePushes, type PresenceUpdate } from '@rookery/domain'
import type { MessageLog } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'
import type { Logger, Metrics } from '@rookery/service-kit'
import { Submitter } from '@rookery/submission'
import { ChannelToInbox } from './channel-to-inbox.ts'
import { InboxToChannel } from './inbox-to-channel.ts'
import { Manager } from './manager.ts'
import { accountNames } from './names.ts'
import { OnlineShare } from './online-share.ts'
import { OnlineUsers } from './online-users.ts'
import { WorkerPresence } from './worker-presence.ts'

/** The ports that the bridge to foreign workers needs in addition to those of presence. */
export interface BridgePorts {
  bridge: Bridge
  accounts: Accounts
  store: MessageStore
  log: MessageLog
  routing: Routing
}

export interface RecipesDeps extends BridgePorts {
  /** The id of this process as leader, and as the server that workers are connected to. */
  id: string
  election: string
  board: PresenceBoard
  bus: PushBus
  coordination: Coordination
  logger: Logger
  metrics: Metrics
  now: () => number
}

export interface Recipes {
  /** Works on the tree and the inboxes until the signal aborts. */
  lead(signal: AbortSignal): Promise<void>
  /** Statuses that others see from now on. `complete`: the statuses of all users are known. */
  readonly seen: (updates: readonly PresenceUpdate[], complete: boolean) => void
  /** Has other processes take over the users shown online here, so that they are never missing. */
  close(): Promise<void>
}

const renewEveryMs = 5_000
const group = 'presence-bridges'
/** The data of a member that knows that all accounts are registered. */
const registered = 'registered'
/** The data of a member that stops, and has others take over its users. */
const leaving = 'leaving'

export async function createRecipes(deps: RecipesDeps): Promise<Recipes> {
  const { id, bus, coordination, routing, logger, metrics } = deps
  const submitter = new Submitter({ ...deps, origin: id })
  const messages = metrics.counter(
    'rookery_bridge_records_total',
    'Records between inboxes and channels',
    ['outcome'],
  )
  let leading: { users: OnlineUsers; outgoing: ChannelToInbox; manager: Manager } | null = null
  metrics.gauge('rookery_bridge_workers', 'Workers that are registered', {
    collect: () => leading?.manager.registry.workers.size ?? 0,
  })

  let members: ReadonlyMap<string, string> = new Map()
  const staying = (): string[] =>
    [...new Map([...members, [id, '']])].flatMap(([member, data]) =>
      data === leaving ? [] : [member],
    )
  const isMember = (member: string): boolean => member === id || members.has(member)
  const share = new OnlineShare({ ...deps, staying, isMember })
  const unsubscribe = await bus.subscribe(id, (batch) => {
    for (const push of decodePushes(batch)) {
      if (push.k === 'answer') submitter.answer(push)
      else if (push.k === 'online') share.receive(push)
      else if (push.k === 'event') {
        submitter.settle(push)
        leading?.outgoing.pushed(push)
      }
    }
  })
  const renew = async (): Promise<void> => {
    await routing.renewServer(id).catch((error: unknown) => {
      logger.warn({ err: error }, 'the lease for pushes could not be renewed, tried again in 5 s')
    })
  }
  await renew()
  const renewing = setInterval(() => void renew(), renewEveryMs).unref()
  const membership = await coordination.join(group, id, '')
  let allRegistered = false
  const sayRegistered = (): void => {
    if (allRegistered) return
    allRegistered = true
    membership.update(registered).catch((error: unknown) => {
      logger.warn(
        { err: error },
        'the other processes do not know that all accounts are registered: the next leader checks',
      )
    })
  }
  const stopWatching = await coordination.watchMembers(group, (all) => {
    members = all
    if ([...all.values()].includes(registered)) sayRegistered()
    leading?.users.look()
  })

  const lead = async (signal: AbortSignal): Promise<void> => {
    const changed = (): void => {
      const { workers } = manager.registry
      const online = [...manager.online].filter((one) => workers.has(one))
      presence.setOnline(new Set(online.map((one) => one.toLowerCase())))
      outgoing.setWorkers(workers)
      incoming.look()
      users.look()
    }
    const manager = new Manager({
      ...deps,
      names: accountNames(deps.accounts, deps.now),
      stillLeads: async () => (await coordination.leaderOf(deps.election)) === id,
      onChange: changed,
      allRegistered: () => allRegistered,
      onAllRegistered: sayRegistered,
    })
    const shared = { ...deps, manager, submitter, serverId: id }
    const users = new OnlineUsers({ ...shared, share, staying })
    const presence = new WorkerPresence(shared)
    const onTaken = (outcome: string): void => messages.inc({ outcome })
    const incoming = new InboxToChannel({ ...shared, onTaken }, signal)
    const stillSure = (): boolean => coordination.state !== 'lost'
    const onWritten = (): void => messages.inc({ outcome: 'written' })
    const outgoing = new ChannelToInbox({ ...shared, stillSure, onWritten }, signal)
    leading = { users, outgoing, manager }
    try {
      await manager.run(signal)
    } finally {
      leading = null
      await Promise.all([users.close(), presence.close(), incoming.close(), outgoing.close()])
    }
  }

  return {
    lead,
    seen: (updates, complete) => leading?.users.seen(updates, complete),
    close: async () => {
      await membership.update(leaving).catch(() => undefined)
      await share.handOver()
      clearInterval(renewing)
      stopWatching()
      await membership.leave().catch(() => undefined)
      submitter.close()
      await unsubscribe()
      await routing.forgetServer(id).catch(() => undefined)
    },
  }
}
