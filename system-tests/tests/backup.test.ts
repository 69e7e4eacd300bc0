import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { call, logIn, newName, register, type LoggedIn } from '../src/rest.ts'
import { startWorld, type World } from '../src/world.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), '../../scripts/backup.mjs')

let target: string
let ann: LoggedIn
let channelId: string
let world: World
beforeEach(async () => {
  target = join(mkdtempSync(join(tmpdir(), 'rookery-backup-')), 'copy')
  world = await startWorld()
  ann = await register(world.url, newName())
  const client = await BareClient.connect(ann)
  channelId = String((await client.request({ type: 'create_channel', name: 'g' })).channelId)
  client.terminate()
})
afterEach(async () => {
  await world.close()
  rmSync(dirname(target), { recursive: true, force: true })
})

const post = async (content: string): Promise<number> =>
  (
    await call(world.url, 'POST', `/channels/${channelId}/messages`, {
      token: ann.sessionToken,
      body: { content },
    })
  ).body.seq

describe('a copy of the data', () => {
  it('a copy made while users write holds all messages acknowledged before it', async () => {
    const before = await post('before')
    const copying = once(spawn(process.execPath, [script, target, world.folder]), 'exit')
    let done = false
    void copying.then(() => (done = true))
    for (let n = 0; !done; n += 1) {
      await post(`meanwhile ${n}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await copying).toEqual([0, null])
    expect(readdirSync(target).filter((file) => statSync(join(target, file)).mode & 0o077)).toEqual(
      [],
    )
    await world.close()
    world = await startWorld({ DATA_DIR: target })
    ann = await logIn(world.url, ann.username)
    const path = `/channels/${channelId}/messages`
    const { body } = await call(world.url, 'GET', `${path}?after=${before - 1}`, {
      token: ann.sessionToken,
    })
    const [first, ...others] = body.messages
    expect(first).toMatchObject({ seq: before, content: 'before' })
    expect(others.map(({ seq }) => seq)).toEqual(others.map((_, n) => before + 1 + n))
    expect(await post('after')).toBeGreaterThan(body.head)
  }, 60_000)

  it('a copy of the .db files alone is complete once the platform has stopped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-stopped-'))
    const stopped = await startWorld({ DATA_DIR: folder })
    const bob = await register(stopped.url, newName())
    await stopped.close()
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.db')))
      cpSync(join(folder, file), join(target, file))
    rmSync(folder, { recursive: true })
    const copy = await startWorld({ DATA_DIR: target })
    expect(await logIn(copy.url, bob.username)).toMatchObject({ username: bob.username })
    await copy.close()
  })
})
