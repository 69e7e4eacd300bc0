import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BareClient } from '../src/bare-client.ts'
import { logIn, newName, register } from '../src/rest.ts'

const main = join(dirname(fileURLToPath(import.meta.url)), '../../services/standalone/dist/main.js')

describe('a platform that is killed with -9 in mid-conversation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-kill-'))
  let ports: [number, number]
  let running: ChildProcess | null = null

  async function start(): Promise<string> {
    const child = spawn(process.execPath, [main], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'] ?? '',
        DATA_DIR: join(folder, 'data'),
        API_PORT: String(ports[0]),
        CHAT_PORT: String(ports[1]),
        PASSWORD_HASH_MEMORY_KIB: '19456',
        PASSWORD_HASH_PASSES: '2',
        RATE_LIMIT_MESSAGES_PER_SECOND: '10000',
        RATE_LIMIT_MESSAGE_BURST: '10000',
      },
    })
    running = child
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const url = /^Rookery is ready at (\S+)\n$/.exec(line.toString())?.[1]
    if (url === undefined) throw new Error(`the platform printed: ${line.toString()}`)
    return url
  }

  async function kill(): Promise<void> {
    const child = running
    running = null
    if (child === null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  beforeAll(async () => {
    ports = [await freePort(), await freePort()]
  })
  afterAll(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })

  it('keeps acknowledged messages once and in order over kills, and answers repeats', async () => {
    let url = await start()
    const names = [newName('ann'), newName('bob')]
    const sessions = await Promise.all(names.map((name) => register(url, name)))
    let clients = await Promise.all(
      sessions.map((session, i) =>
        BareClient.connect(session, { session: `s${i}`, deviceId: 'd' }),
      ),
    )
    const created = await clients[0]?.request({
      type: 'create_channel',
      participants: names.slice(1),
    })
    const channelId = created?.channelId ?? ''
    const acked = new Map<string, number>()
    const sent: string[][] = [[], []]

    for (let round = 0; round < 4; round += 1) {
      const killed = new Promise<void>((resolve) =>
        setTimeout(() => void kill().then(resolve), 150 + 100 * round),
      )
      await Promise.all(clients.map((client, i) => converse(client, i, sent[i] ?? [])))
      await killed
      url = await start()
      clients = await Promise.all(
        names.map(async (name, i) =>
          BareClient.connect(await logIn(url, name), { session: `s${i}`, deviceId: 'd' }),
        ),
      )
      // All messages without an ack are sent again, lowest first.
      for (const [i, client] of clients.entries())
        for (const [index, content] of (sent[i] ?? []).entries()) {
          if (acked.has(content)) continue
          const ack = await client.request({
            type: 'chat_message',
            channelId,
            content,
            clientSeq: index + 1,
          })
          expect(ack.type).toBe('message_ack')
          acked.set(content, ack.seq)
        }
    }

    async function converse(client: BareClient, i: number, mine: string[]): Promise<void> {
      while (client.closedWith === null) {
        const content = `${i}-${mine.length}`
        mine.push(content)
        const clientSeq = mine.length
        client.send({ type: 'chat_message', channelId, content, clientSeq })
        const ack = await client
          .next(
            (frame) =>
              (frame.type === 'message_ack' && frame.clientSeq === clientSeq) ||
              client.closedWith !== null,
            3_000,
          )
          .catch(() => null)
        if (ack === null || ack.type !== 'message_ack') return
        acked.set(content, ack.seq)
      }
    }

    const all = [...(sent[0] ?? []), ...(sent[1] ?? [])]
    expect(all.length).toBeGreaterThan(20)
    for (const client of clients) {
      const seqs = new Map<string, number>()
      const numbers: number[] = []
      for (let more = true; more;) {
        const page = await client.sync(channelId, numbers.at(-1) ?? 0)
        for (const event of page.events) {
          numbers.push(event.seq)
          if (event.content === undefined) continue
          expect(seqs.has(event.content)).toBe(false)
          seqs.set(event.content, event.seq)
        }
        ;({ more } = page)
      }
      expect(numbers).toEqual(numbers.map((_, i) => i + 1))
      expect(Object.fromEntries(seqs)).toEqual(Object.fromEntries(acked))
      expect([...seqs.keys()].sort()).toEqual([...all].sort())
      for (const mine of sent) {
        const order = mine.map((content) => seqs.get(content) ?? 0)
        expect(order).toEqual([...order].sort((a, b) => a - b))
      }
    }
    for (const client of clients) client.terminate()
  }, 60_000)
})

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
