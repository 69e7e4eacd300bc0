import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { freePorts, Link } from '@rookery/engines'
import type { openStore, Store } from '@rookery/client/store'
import type { AuthAnswer } from '@rookery/protocol'
import type { BrowserContext, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { openBrowser, servePage } from '../../src/browser.ts'
import { eventually } from '../../src/eventually.ts'
import { call, password, register } from '../../src/rest.ts'
import type { LoggedIn } from '../../src/rest.ts'
import { startEmbeddedWorld } from '../../src/world.ts'
import type { World } from '../../src/world.ts'

/** What the scripts of these tests find in their page. */
interface StorePage {
  openStore: typeof openStore
  store: Store
  told: (index: number, durable: boolean) => void
}

describe('the store in a browser', () => {
  let page: Awaited<ReturnType<typeof servePage>>
  let world: World
  let link: Link
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let context: BrowserContext
  let user: LoggedIn
  let channelId: string
  let count = 0

  beforeAll(async () => {
    page = await servePage('store-page.ts')
    const [chatPort = 0] = await freePorts(1)
    link = new Link(`127.0.0.1:${chatPort}`)
    const address = await link.open()
    world = await startEmbeddedWorld({
      ALLOWED_ORIGINS: page.url,
      CHAT_PORT: String(chatPort),
      ADVERTISED_URL: `ws://${address}`,
      RATE_LIMIT_MESSAGES_PER_SECOND: '50',
    })
  })

  afterAll(async () => {
    await world.close()
    link.close()
    await page.close()
  })

  beforeEach(async () => {
    user = await register(world.url, `ada${++count}`)
    const other = await register(world.url, `bob${count}`)
    channelId = await createGroup(user, other.username)
  })

  afterEach(async () => {
    link.restore()
    await browser.close()
  })

  async function start(options: Parameters<typeof openBrowser>[0] = {}): Promise<void> {
    browser = await openBrowser(options)
    context = browser.context
  }

  /** A group with this other member. Groups are made by the socket alone. */
  function createGroup({ sessionToken, socketUrl }: LoggedIn, other: string) {
    const socket = new WebSocket(socketUrl)
    return new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'authenticate', token: sessionToken })),
      )
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as { type: string; channelId: string }
        if (frame.type === 'channels_list') {
          const group = { name: 'Team', participants: [other] }
          socket.send(JSON.stringify({ type: 'create_channel', ...group }))
        } else if (frame.type === 'channel_created') {
          socket.close()
          resolve(frame.channelId)
        }
      })
    })
  }

  /** A new tab with the store of the user. */
  async function openTab(before?: (tab: Page) => Promise<unknown>): Promise<Page> {
    const tab = await context.newPage()
    await before?.(tab)
    await tab.goto(page.url)
    await tab.waitForFunction(() => 'openStore' in globalThis)
    await tab.evaluate(
      ({ url, username, secret }) => {
        const scope = globalThis as unknown as StorePage
        const renew = async () => {
          const answer = await fetch(`${url}/auth`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ username, password: secret }),
          })
          return (await answer.json()) as AuthAnswer
        }
        scope.store = scope.openStore({ url, username, renew })
      },
      { url: world.url, username: user.username, secret: password },
    )
    return tab
  }

  const connected = (tab: Page) =>
    tab.waitForFunction(
      () =>
        (globalThis as unknown as StorePage).store.connection.getSnapshot().state === 'connected',
    )
  const allSent = (tab: Page) =>
    tab.waitForFunction(() => {
      const { store } = globalThis as unknown as StorePage
      const isConnected = store.connection.getSnapshot().state === 'connected'
      return isConnected && store.outbox.getSnapshot().items.length === 0
    })
  const outbox = (tab: Page) =>
    tab.evaluate(() => (globalThis as unknown as StorePage).store.outbox.getSnapshot())
  const leads = (tab: Page) =>
    tab.evaluate(() => (globalThis as unknown as StorePage).store.connection.getSnapshot().leads)

  /** Writes `line 0`, `line 1` … without waiting, and tells `told` as each is kept. */
  const write = (tab: Page, many: number, from = 0, more = '') =>
    tab.evaluate(
      ({ id, first, end, text }) => {
        const { store, told } = globalThis as unknown as StorePage
        for (let index = first; index < end; index++) {
          store.send(id, `line ${index}${text}`).then(
            ({ durable }) => told(index, durable),
            () => {},
          )
        }
      },
      { id: channelId, first: from, end: from + many, text: more },
    )

  /** The texts that the server has stored, in order. */
  async function stored(): Promise<string[]> {
    const texts: string[] = []
    for (let after = 0; ;) {
      const path = `/channels/${channelId}/messages?after=${after}&limit=100`
      const { messages } = (await call(world.url, 'GET', path, { token: user.sessionToken })).body
      if (messages.length === 0) return texts
      texts.push(...messages.map(({ content = '' }) => content))
      after = messages.at(-1)?.seq ?? after
    }
  }

  const holds = (condition: () => boolean | Promise<boolean>) =>
    eventually(async () => expect(await condition()).toBe(true))

  const indexOf = (text: string) => Number(/\d+/.exec(text))

  async function promised(tab: Page): Promise<Set<number>> {
    const kept = new Set<number>()
    await tab.exposeFunction('told', (index: number, durable: boolean) => {
      if (durable) kept.add(index)
    })
    return kept
  }

  function expectOnceInOrder(texts: readonly string[], kept: ReadonlySet<number>): void {
    const indices = texts.map(indexOf)
    expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b))
    expect(new Set(indices)).toEqual(new Set([...indices, ...kept]))
  }

  async function kill(tab: Page): Promise<void> {
    const session = await context.newCDPSession(tab)
    const crashed = tab.waitForEvent('crash')
    // The answer never comes.
    session.send('Page.crash').catch(() => {})
    await crashed
    await tab.close()
  }

  it('stores each message once and in order if the tab is killed in the middle', async () => {
    await start()
    const tab = await openTab()
    await connected(tab)
    const kept = await promised(tab)
    await write(tab, 100)
    await holds(async () => kept.size >= 60 && (await stored()).length >= 10)
    await kill(tab)
    const before = await stored()
    const again = await openTab()
    await allSent(again)
    expect(before.length).toBeLessThan(kept.size)
    expectOnceInOrder(await stored(), kept)
  })

  it('lets the second tab take over if the leading tab is killed while both send', async () => {
    await start()
    const first = await openTab()
    await connected(first)
    const second = await openTab()
    await connected(second)
    expect([await leads(first), await leads(second)]).toEqual([true, false])
    const kept = await promised(first)
    const keptToo = await promised(second)
    await write(first, 50)
    await write(second, 50, 50)
    await holds(async () => keptToo.size === 50 && (await stored()).length >= 10)
    await kill(first)
    expect((await stored()).length).toBeLessThan(100)
    await holds(() => leads(second))
    await allSent(second)
    const indices = (await stored()).map(indexOf)
    expect(new Set(indices).size).toBe(indices.length)
    expect(new Set(indices)).toEqual(new Set([...indices, ...kept, ...keptToo]))
    for (const isMine of [(n: number) => n < 50, (n: number) => n >= 50]) {
      const mine = indices.filter(isMine)
      expect(mine).toEqual([...mine].sort((a, b) => a - b))
    }
  })

  it('keeps what is written offline, and sends it when the network is back', async () => {
    await start()
    const tab = await openTab()
    await connected(tab)
    await context.setOffline(true)
    link.silence()
    link.cut()
    await tab.waitForFunction(() => {
      const { state, complete } = (
        globalThis as unknown as StorePage
      ).store.connection.getSnapshot()
      return state === 'offline' && !complete
    })
    const kept = await promised(tab)
    await write(tab, 20)
    await holds(() => kept.size === 20)
    expect((await outbox(tab)).items).toHaveLength(20)
    expect(await stored()).toEqual([])
    link.restore()
    await context.setOffline(false)
    await allSent(tab)
    expect(await stored()).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index}`))
  })

  it('shows the last messages when the page is opened without a network', async () => {
    await start()
    const tab = await openTab()
    await connected(tab)
    await promised(tab)
    await write(tab, 5)
    await allSent(tab)
    await tab.evaluate(() => (globalThis as unknown as StorePage).store.close())
    link.silence()
    link.cut()
    await context.route(`${world.url}/**`, (route) => route.abort())
    const again = await openTab()
    const texts = await again.evaluate(async (id) => {
      const { store } = globalThis as unknown as StorePage
      const timeline = store.timeline(id)
      return new Promise<string[]>((resolve) => {
        const look = () => {
          const { items, loading } = timeline.getSnapshot()
          if (loading) return
          resolve(
            items.flatMap((item) => (item.kind === 'message' ? [item.message.content ?? ''] : [])),
          )
        }
        timeline.subscribe(look)
        look()
      })
    }, channelId)
    expect(texts).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4'])
    const state = await again.evaluate(
      () => (globalThis as unknown as StorePage).store.connection.getSnapshot().complete,
    )
    expect(state).toBe(false)
  })

  it('says so if there is no room in the browser, and sends all the same', async () => {
    await start()
    let setQuota = async (_bytes?: number): Promise<unknown> => undefined
    const tab = await openTab(async (opened) => {
      const session = await context.newCDPSession(opened)
      setQuota = (quotaSize) =>
        session.send('Storage.overrideQuotaForOrigin', {
          origin: page.url,
          ...(quotaSize !== undefined && { quotaSize }),
        })
      await setQuota(30_000)
    })
    await connected(tab)
    const kept = await promised(tab)
    await write(tab, 20, 0, 'x'.repeat(3_900))
    await holds(async () => (await stored()).length === 20)
    expect(kept.size).toBeLessThan(20)
    expect(await outbox(tab)).toMatchObject({ durable: false, reason: 'full' })
    expectOnceInOrder(await stored(), kept)
    await setQuota()
    await write(tab, 1, 20)
    await holds(async () => kept.has(20) && (await outbox(tab)).durable)
  })

  it('works in memory, and says so, if the user has forbidden pages to keep anything', async () => {
    await start({ forbidsStorage: true })
    const tab = await openTab()
    await connected(tab)
    const kept = await promised(tab)
    await write(tab, 5)
    await allSent(tab)
    expect(kept.size).toBe(0)
    expect(await outbox(tab)).toMatchObject({ durable: false, reason: 'forbidden' })
    expect(await stored()).toHaveLength(5)
  })
})
