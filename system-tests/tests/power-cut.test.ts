import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, logIn, newName, register } from '../src/rest.ts'
import { startEmbeddedWorld, type World } from '../src/world.ts'

interface Handle {
  datasync(): Promise<void>
  stat(): Promise<{ ino: number; size: number }>
}

/**
 * Bytes of each file (by inode) that were there when its last successful sync began: what a power
 * cut leaves at least. The write-ahead logs grow only, as long as a test writes little.
 */
const synced = new Map<number, number>()
let prototype: Handle
let original: PropertyDescriptor

beforeAll(async () => {
  const any = await open('/dev/null')
  prototype = Object.getPrototypeOf(any) as Handle
  await any.close()
  original = Object.getOwnPropertyDescriptor(prototype, 'datasync') ?? {}
  const datasync = original.value as (this: Handle) => Promise<void>
  prototype.datasync = async function (this: Handle) {
    const { ino, size } = await this.stat()
    await datasync.call(this)
    synced.set(ino, size)
  }
})
afterAll(() => {
  Object.defineProperty(prototype, 'datasync', original)
})

/** Copies a data folder as a power cut leaves it: logs end where they were last synced. */
function cutPower(folder: string): string {
  const left = mkdtempSync(join(tmpdir(), 'rookery-power-cut-'))
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.db'))) {
    copyFileSync(join(folder, file), join(left, file))
    const log = `${file}-wal`
    if (!existsSync(join(folder, log))) continue
    copyFileSync(join(folder, log), join(left, log))
    truncateSync(join(left, log), synced.get(statSync(join(folder, log)).ino) ?? 0)
  }
  return left
}

const fast = { RATE_LIMIT_MESSAGES_PER_SECOND: '10000', RATE_LIMIT_MESSAGE_BURST: '10000' }

describe('a platform whose power was cut', () => {
  const worlds: World[] = []
  const start = async (settings: Record<string, string>): Promise<World> => {
    const world = await startEmbeddedWorld(settings)
    worlds.push(world)
    return world
  }
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  it('has every acknowledged message under its seq, and every mark and account', async () => {
    const world = await start(fast)
    const [ann, bob] = [
      await BareClient.connect(await register(world.url, newName('ann'))),
      await BareClient.connect(await register(world.url, newName('bob'))),
    ]
    const { username } = bob.session
    const created = await ann.request({ type: 'create_channel', participants: [username] })
    const channelId = created.channelId
    await ann.request({ type: 'chat_message', channelId, content: 'read by bob' })
    const read = await bob.request({ type: 'mark_channel_read', channelId })
    expect(read).toMatchObject({ type: 'channel_read' })

    const acked = new Map<number, string>()
    for (let n = 0; n < 50; n += 1) {
      const content = `message ${n}`
      const ack = await ann.request({ type: 'chat_message', channelId, content })
      expect(ack.type).toBe('message_ack')
      acked.set(ack.seq, content)
    }
    const left = cutPower(world.folder)
    ann.terminate()
    bob.terminate()

    const again = await start({ DATA_DIR: left })
    const client = await BareClient.connect(await logIn(again.url, username))
    const first = Math.min(...acked.keys())
    const { events, head } = await client.sync(channelId, first - 1)
    const stored = new Map(events.map((event) => [event.seq, event.content]))
    for (const [seq, content] of acked) expect([seq, stored.get(seq)]).toEqual([seq, content])
    expect(head).toBe(Math.max(...acked.keys()))
    const { body } = await call(again.url, 'GET', `/channels/${channelId}`, {
      token: client.session.sessionToken,
    })
    expect(body.channel).toMatchObject({ lastReadSeq: read.lastReadSeq })
    client.terminate()
    rmSync(left, { recursive: true })
  })
})
