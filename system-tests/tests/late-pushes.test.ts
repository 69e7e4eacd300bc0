import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Accounts, openEmbeddedAccounts } from '@rookery/accounts'
import { createChatServer } from '@rookery/chat-server'
import { createCoordinationWorld } from '@rookery/coordination'
import {
  createEmbeddedPresenceBoard,
  createEmbeddedPushBus,
  createEmbeddedRouting,
  DirectoryError,
  type PushBus,
} from '@rookery/directory'
import { createDispatcher } from '@rookery/dispatcher'
import { openEmbeddedLog } from '@rookery/log'
import { openEmbeddedStore } from '@rookery/message-store'
import { createLogger, Metrics } from '@rookery/service-kit'
import { readStandaloneConfig } from '@rookery/standalone'
import { AccessTokens } from '@rookery/tokens'
import { BareClient } from '../src/bare-client.ts'
import { worldKeys, worldSettings } from '../src/world.ts'

/** While true, pushes to the second chat server are lost. */
let silent = false
/** While true, the dispatcher can neither set heads nor learn the receivers of pushes. */
let headless = false
const undo: (() => Promise<void> | void)[] = []
let alice: BareClient
let bob: BareClient
let cy: BareClient
/** A second client of bob's, on alice's server. */
let elsewhere: BareClient
let accounts: Accounts

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-late-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    undo.push(() => one.close())
    return one
  }
  const { chat } = readStandaloneConfig({ ...worldSettings, DATA_DIR: folder })
  const log = opened(await openEmbeddedLog({ folder }))
  const tokens = new AccessTokens({ secrets: [worldKeys.current], ttlMs: 60_000 })
  const bus = opened(createEmbeddedPushBus())
  const ports = {
    log,
    store: opened(await openEmbeddedStore({ folder, logEpoch: log.epoch })),
    accounts: opened(openEmbeddedAccounts(folder)),
    routing: opened(createEmbeddedRouting()),
    bus,
    board: opened(createEmbeddedPresenceBoard()),
    coordination: opened(createCoordinationWorld().open('world')),
    tokens,
    logger: createLogger('world', { level: 'error', destination: process.stderr }),
  }
  const { routing } = ports
  const advance = routing.advance.bind(routing)
  routing.advance = async (step) => {
    if (headless) throw new DirectoryError('unavailable', 'the directory is away')
    return advance(step)
  }
  const metrics = () => ({ metrics: new Metrics('world') })
  opened(await createDispatcher({ ...ports, ...metrics() }))
  const lossy: PushBus = {
    publish: (server, batch) => bus.publish(server, batch),
    subscribe: (server, take) =>
      bus.subscribe(server, (batch) => (silent ? undefined : take(batch))),
    close: () => bus.close(),
  }
  const serve = async (through: PushBus): Promise<string> => {
    const readiness = new Map()
    const more = { ...metrics(), config: chat, readiness, bus: through }
    const server = opened(createChatServer({ ...ports, ...more }))
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    return `ws://127.0.0.1:${port}`
  }
  const enter = async (username: string, socketUrl: string): Promise<BareClient> => {
    const account = { username, displayName: username, passwordHash: 'none', createdAtMs: 1 }
    await ports.accounts.create(account)
    await ports.accounts.activate(username)
    const subject = { username, displayName: username, familyId: username, admin: false }
    const { token: sessionToken } = tokens.issue(subject)
    return BareClient.connect({ username, sessionToken, refreshToken: '', socketUrl })
  }
  alice = await enter('alice', await serve(bus))
  cy = await enter('cy', alice.session.socketUrl)
  bob = await enter('bob', await serve(lossy))
  const there = { ...bob.session, socketUrl: alice.session.socketUrl }
  elsewhere = await BareClient.connect(there, { deviceId: 'second', session: 'elsewhere' })
  accounts = ports.accounts
})
afterAll(async () => {
  alice.terminate()
  bob.terminate()
  cy.terminate()
  elsewhere.terminate()
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
})

/** The head of a channel in the client's list. */
function headIn({ frames }: BareClient, channelId: string): number | undefined {
  const list = frames.find((frame) => frame.type === 'channels_list')
  const channels = list?.['channels'] as { channelId: string; head: number }[]
  return channels.find((one) => one.channelId === channelId)?.head
}

/** Creates a group of alice and bob, and waits until bob is shown it. */
async function group(): Promise<string> {
  silent = false
  const { channelId } = await alice.request({
    type: 'create_channel',
    name: 'g',
    participants: ['bob'],
  })
  await bob.next((frame) => frame.channelId === channelId)
  return channelId
}

/** Creates such a group. From then on bob's server gets no pushes. */
async function groupThatFallsSilent(): Promise<string> {
  const channelId = await group()
  silent = true
  return channelId
}

it('a sync and a list have acknowledged events whose head could not be set', async () => {
  const channelId = await group()
  const second = { deviceId: 'second', session: 'again' }
  // This connection lets its server read all changes of bob's channels so far.
  await (await BareClient.connect(bob.session, second)).close()
  headless = true
  const { seq } = await alice.request({ type: 'chat_message', channelId, content: 'x' })
  const made = { type: 'create_channel', name: 'j', participants: ['bob'] }
  const { channelId: newer } = await alice.request(made)
  const again = await BareClient.connect(bob.session, second)
  const synced = await again.sync(channelId, 1)
  headless = false
  expect(headIn(again, channelId)).toBe(seq)
  expect(headIn(again, newer)).toBe(1)
  expect(synced.events.map((event) => event.seq)).toEqual([seq])
  again.terminate()
})

it('a sync has all events acknowledged before it, even without pushes', async () => {
  const channelId = await groupThatFallsSilent()
  const { seq } = await alice.request({ type: 'chat_message', channelId, content: 'x' })
  const { head, events } = await bob.sync(channelId, 0)
  expect(head).toBe(seq)
  expect(events.map((event) => event.seq)).toEqual([1, 2])
})

it('a list shows heads with all events acknowledged before it, even without pushes', async () => {
  const channelId = await group()
  const { seq: shown } = await alice.request({ type: 'chat_message', channelId, content: 'x' })
  await bob.next((frame) => frame.channelId === channelId && frame.seq === shown)
  silent = true
  const { seq } = await alice.request({ type: 'chat_message', channelId, content: 'y' })
  const again = await BareClient.connect(bob.session, { deviceId: 'second', session: 'again' })
  expect(headIn(again, channelId)).toBe(seq)
  again.terminate()
})

it('a read mark without a seq is set to the last acknowledged event', async () => {
  const channelId = await groupThatFallsSilent()
  const { seq } = await alice.request({ type: 'chat_message', channelId, content: 'x' })
  const read = await bob.request({ type: 'mark_channel_read', channelId })
  expect(read).toMatchObject({ type: 'channel_read', lastReadSeq: seq })
})

it('a user may use a new role as soon as it is acknowledged', async () => {
  const channelId = await groupThatFallsSilent()
  await alice.request({ type: 'set_role', channelId, username: 'bob', role: 'admin' })
  const updated = await bob.request({ type: 'update_channel', channelId, topic: 'by an admin' })
  expect(updated).toMatchObject({ type: 'channel_updated' })
  await alice.request({ type: 'set_role', channelId, username: 'bob', role: 'owner' })
  const removed = await bob.request({ type: 'remove_participant', channelId, username: 'alice' })
  expect(removed).toMatchObject({ type: 'participant_left', username: 'alice' })
})

it('after a hand-over elsewhere the old owner may leave, and the new one may not', async () => {
  const channelId = await groupThatFallsSilent()
  await alice.request({ type: 'set_role', channelId, username: 'bob', role: 'owner' })
  const kept = await bob.request({ type: 'leave_channel', channelId })
  expect(kept).toMatchObject({ type: 'error', code: 'forbidden' })
  await elsewhere.request({ type: 'set_role', channelId, username: 'alice', role: 'owner' })
  const left = await bob.request({ type: 'leave_channel', channelId })
  expect(left).toMatchObject({ type: 'channel_left' })
})

it('a user who left through another server may join again', async () => {
  silent = false
  const made = await alice.request({
    type: 'create_channel',
    kind: 'public',
    name: 'p',
    participants: ['bob'],
  })
  const { channelId } = made
  await bob.next((frame) => frame.channelId === channelId)
  silent = true
  await elsewhere.request({ type: 'leave_channel', channelId })
  const joined = await bob.request({ type: 'join_channel', channelId })
  expect(joined).toMatchObject({ type: 'channel_joined', channelId })
  const sent = await elsewhere.request({ type: 'chat_message', channelId, content: 'x' })
  expect(sent.type).toBe('message_ack')
})

it('a joined channel is shown with all events acknowledged before', async () => {
  const channelId = await groupThatFallsSilent()
  const { seq } = await alice.request({ type: 'chat_message', channelId, content: 'x' })
  const joined = await bob.request({ type: 'join_channel', channelId })
  expect(joined.head).toBe(seq)
  expect(joined.messages.map((message) => message.seq)).toEqual([seq])
  const direct = { type: 'create_channel', participants: ['alice'] }
  silent = false
  const { channelId: both } = await bob.request(direct)
  silent = true
  const { seq: next } = await alice.request({ type: 'chat_message', channelId: both, content: 'y' })
  expect(await bob.request(direct)).toMatchObject({ type: 'channel_joined', head: next })
})

it('a user may write as soon as a mute is lifted', async () => {
  const channelId = await groupThatFallsSilent()
  await accounts.setRestrictions('bob', { mutedUntilMs: Date.now() + 60_000 })
  const muted = await BareClient.connect(bob.session, { deviceId: 'second', session: 'muted' })
  const refused = await muted.request({ type: 'chat_message', channelId, content: 'x' })
  expect(refused).toMatchObject({ type: 'error', code: 'forbidden' })
  await accounts.setRestrictions('bob', { mutedUntilMs: null })
  for (const request of [
    { type: 'chat_message', channelId, content: 'x' },
    { type: 'status_update', status: 'online', text: 'back' },
    { type: 'create_channel', name: 'new', participants: ['alice'] },
  ])
    expect((await muted.request(request)).type).not.toBe('error')
  muted.terminate()
})

it('a renewed token is answered with the current display name', async () => {
  await accounts.setDisplayName('bob', 'Bobby')
  const renewed = await bob.request({ type: 'authenticate', token: bob.session.sessionToken })
  expect(renewed).toMatchObject({ user: { username: 'bob', displayName: 'Bobby' } })
})

it('an owner cannot hand a channel over twice, once through each server', async () => {
  const channelId = await groupThatFallsSilent()
  silent = false
  await alice.request({ type: 'add_participants', channelId, participants: ['cy'] })
  await alice.request({ type: 'set_role', channelId, username: 'bob', role: 'owner' })
  await bob.next((frame) => frame.type === 'role_changed' && frame['role'] === 'owner')
  silent = true
  await elsewhere.request({ type: 'set_role', channelId, username: 'alice', role: 'owner' })
  const again = await bob.request({ type: 'set_role', channelId, username: 'cy', role: 'owner' })
  expect(again).toMatchObject({ type: 'error', code: 'forbidden' })
})
