import { type Accounts, openEmbeddedAccounts } from '@rookery/accounts'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  createEmbeddedRouting,
  type PresenceBoard,
  type PushBus,
  type Routing,
} from '@rookery/directory'
import { createDispatcher } from '@rookery/dispatcher'
import { decodePushes, directChannelId, type EventRow } from '@rookery/domain'
import { type MessageLog, openEmbeddedLog } from '@rookery/log'
import { type MessageStore, openEmbeddedStore } from '@rookery/message-store'
import { createLogger, type Logger, Metrics } from '@rookery/service-kit'
import { lockFolder } from '@rookery/sqlite'
import { Submitter } from '@rookery/submission'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The ports of presence and a dispatcher, and calls that write as users do. */
export interface Platform {
  log: MessageLog
  store: MessageStore
  accounts: Accounts
  routing: Routing
  bus: PushBus
  board: PresenceBoard
  logger: Logger
  /** Makes an active account. */
  register(username: string): Promise<void>
  /** Reports a user like a chat server. */
  connected(username: string, connected: boolean): Promise<void>
  /** Reports a user every 2 s like a chat server, until the returned function is called. */
  staysConnected(username: string): () => void
  /** Writes in the direct channel of two users, and makes it if it is missing. */
  say(from: string, to: string, content: string): Promise<void>
  /** All texts in the direct channel of two users, as `sender: text`. */
  heard(a: string, b: string): Promise<string[]>
  close(): Promise<void>
}

export type PlatformPorts = Pick<
  Platform,
  'log' | 'store' | 'accounts' | 'routing' | 'bus' | 'board' | 'logger'
>

export async function openPlatform(): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-presence-'))
  const unlock = lockFolder(folder)
  const log = await openEmbeddedLog({ folder })
  const ports = {
    log,
    store: await openEmbeddedStore({ folder, logEpoch: log.epoch }),
    accounts: openEmbeddedAccounts(folder),
    routing: createEmbeddedRouting(),
    bus: createEmbeddedPushBus(),
    board: createEmbeddedPresenceBoard(),
    logger: createLogger('presence', { level: 'silent' }),
  }
  return platformOn(ports, () => {
    unlock()
    rmSync(folder, { recursive: true, force: true })
  })
}

/** A platform on these ports. Its `close` closes them and then calls `disposed`. */
export async function platformOn(ports: PlatformPorts, disposed: () => void): Promise<Platform> {
  const { log, store, accounts, routing, bus, board } = ports
  const dispatcher = await createDispatcher({ ...ports, metrics: new Metrics('dispatcher') })
  const submitter = new Submitter({ log, store, origin: 'users' })
  await routing.renewServer('users')
  await bus.subscribe('users', (batch) => {
    for (const push of decodePushes(batch)) {
      if (push.k === 'event') submitter.settle(push)
      else if (push.k === 'answer') submitter.answer(push)
    }
  })
  let number = 0
  const submit = async (
    submission: Omit<Parameters<Submitter['submit']>[0], 'session' | 'clientSeq'>,
  ): Promise<void> => {
    number += 1
    const outcome = await submitter.outcomeOf({ ...submission, session: 's', clientSeq: number })
    if (outcome.kind !== 'accepted' && outcome.kind !== 'exists')
      throw new Error(`not accepted: ${outcome.kind}`)
  }
  const connected = (username: string, isConnected: boolean): Promise<void> =>
    board.report('users', [{ username, connected: isConnected, atMs: Date.now() }])
  return {
    ...ports,
    register: async (username) => {
      const createdAtMs = Date.now()
      await accounts.create({ username, displayName: username, passwordHash: 'h', createdAtMs })
      await accounts.activate(username)
    },
    connected,
    staysConnected: (username) => {
      const report = (): void => void connected(username, true)
      report()
      const reporting = setInterval(report, 2_000)
      return () => clearInterval(reporting)
    },
    say: async (from, to, content) => {
      const channelId = directChannelId(from, to)
      const members = [from, to].sort().map((username) => ({ username, role: 'member' as const }))
      if ((await store.channel(channelId)) === null)
        await submit({
          channelId,
          user: from,
          body: { type: 'channel_created', kind: 'direct', name: null, members },
        })
      await submit({ channelId, user: from, body: { type: 'chat_message', content } })
    },
    heard: async (a, b) => {
      const events = await store.events(directChannelId(a, b), { after: 0, limit: 1_000 })
      return events.filter(isMessage).map(({ user, text }) => `${user}: ${text?.content}`)
    },
    close: async () => {
      submitter.close()
      await dispatcher.close()
      for (const port of [board, bus, routing, accounts, store, log]) await port.close()
      disposed()
    },
  }
}

function isMessage(event: EventRow): boolean {
  return event.body.type === 'chat_message'
}
