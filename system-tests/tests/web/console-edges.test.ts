import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { BareClient } from '../../src/bare-client.ts'
import {
  axeFindings,
  openPeople,
  type People,
  type Person,
  picture,
  registerOnPage,
} from '../../src/people.ts'
import { call, granted, password } from '../../src/rest.ts'
import { startWorld, type World } from '../../src/world.ts'

const unique = (name: string): string => `${name}${Math.random().toString(36).slice(2, 9)}`
const pages = ['', '/consumer', '/cluster', '/users', '/audit', '/protocol']

describe('the console in a browser', () => {
  let world: World
  let people: People
  let bob: BareClient
  let channelId: string
  const hostile = unique('<img src=x onerror=alert(1)>')

  beforeAll(async () => {
    ;[world, people] = await Promise.all([startWorld(), openPeople()])
    bob = await BareClient.registered(world.url, 'bob')
    const made = await bob.request({ type: 'create_channel', name: hostile, kind: 'public' })
    channelId = String(made.channelId)
  }, 120_000)
  afterAll(async () => {
    bob.terminate()
    await people.close()
    await world.close()
  })

  /** Somebody with a hostile name, at a page of the console. */
  async function operator(
    path: string,
    options = {},
  ): Promise<Person & { username: string; token: string }> {
    const username = unique('op')
    const body = { username, password, displayName: `<b>${username}</b>` }
    const { sessionToken: token } = await granted(world.url, '/auth/register', { body })
    const person = await people.person(world.url, options)
    await logIn(person.page, username)
    await person.page.goto(`${world.url}/console${path}`)
    return { ...person, username, token }
  }
  async function logIn(page: Page, username: string): Promise<void> {
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('navigation').waitFor()
  }
  async function choose(page: Page, name: string): Promise<void> {
    await page.getByLabel('Find a public channel').fill(name)
    await page.getByRole('button', { name }).click()
    await page.getByText(`Joined ${name}.`).waitFor()
  }

  it('shows hostile names and messages as text', async () => {
    const texts = [
      '<script>alert(1)</script>',
      '<a href="javascript:alert(1)">x</a>',
      '[x](javascript:alert(1))',
    ]
    for (const content of texts) await bob.request({ type: 'chat_message', channelId, content })
    const { page, username, complaints, close } = await operator('/consumer')
    await page.getByText(`<b>${username}</b>`).waitFor()
    await choose(page, hostile)
    await page.getByRole('button', { name: 'Consume', exact: true }).click()
    for (const text of texts) await page.getByText(text).waitFor()
    await page.getByRole('heading', { name: hostile }).waitFor()
    expect(await page.locator('main :is(img, script, a, iframe)').count()).toBe(0)
    await page.goto(`${world.url}/console/users`)
    await page.getByLabel('Name begins with').fill(username)
    await page.getByRole('button', { name: `<b>${username}</b>` }).click()
    await picture(page, 'hostile')
    expect(complaints).toEqual([])
    await close()
  })

  it('keeps the choice to commit by hand over a reload, and commits nothing by itself', async () => {
    const { page, token, close } = await operator('/consumer')
    await choose(page, hostile)
    await page.getByLabel('Name of the consumer').fill('Hand')
    await page.getByRole('button', { name: 'Consume', exact: true }).click()
    const box = page.getByRole('region', { name: `hand of ${hostile}` })
    await box.getByText(/Next fetch in/).waitFor()
    await box.getByLabel('Commit by itself').uncheck()
    await page.reload()
    await bob.request({ type: 'chat_message', channelId, content: 'by hand' })
    await box.getByRole('button', { name: 'Fetch now' }).click()
    await box.getByText('by hand').waitFor()
    const path = `/channels/${channelId}/consumers/hand/messages`
    const left = async (): Promise<string[]> => {
      const { body } = await call(world.url, 'GET', path, { token })
      return body.messages.map(({ content }) => content ?? '')
    }
    expect(await left()).toEqual(['by hand'])
    await box.getByRole('button', { name: /^Commit up to/ }).click()
    await box.getByRole('button', { name: /^Commit up to/ }).waitFor({ state: 'detached' })
    expect(await left()).toEqual([])
    await close()
  })

  it('ends a run of many messages when its page is left', async () => {
    const { page, close } = await operator('')
    await choose(page, hostile)
    await page.getByText('Send many').click()
    await page.getByLabel('Messages', { exact: true }).fill('1000')
    await page.getByLabel(/^Text;/).fill('run {n}')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText(/^[1-9]\d* of 1000 stored/).waitFor()
    await page.getByRole('link', { name: 'Protocol' }).click()
    const runs = async (): Promise<number> => {
      const { events } = await bob.sync(channelId, 0)
      return events.filter(({ content }) => String(content).startsWith('run')).length
    }
    await page.getByRole('button', { name: 'Open as me' }).waitFor()
    const stored = await runs()
    // At five a second, four more would be stored by now.
    await page.waitForTimeout(1_000)
    expect(await runs()).toBeLessThanOrEqual(stored + 1)
    await close()
  })

  it('asks to log in again when the log-in has ended elsewhere', async () => {
    const { page, username, close } = await operator('/users')
    await page.getByLabel('Name begins with').fill('b')
    await page.getByRole('button', { name: bob.username }).waitFor()
    const { sessionToken: token } = await granted(world.url, '/auth', {
      body: { username, password },
    })
    const body = { oldPassword: password, newPassword: `${password} again` }
    await call(world.url, 'POST', '/users/me/password', { token, body })
    await page.getByLabel('Name begins with').fill('bo')
    await page.getByLabel('Password').waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
    await close()
  })

  it('does not go on as another user who has logged in in the same browser', async () => {
    const { page, tab, close } = await operator('/users')
    await page.getByLabel('Name begins with').waitFor()
    const other = await tab('/console')
    await other.getByRole('button', { name: 'Log out' }).click()
    await other.getByText('New here? Create an account').waitFor()
    const second = unique('second')
    await registerOnPage(other, second)
    await page.getByLabel('Name begins with').fill('b')
    await page.getByLabel('Password').waitFor()
    // The other tab goes on.
    await other.reload()
    await other.getByRole('navigation').waitFor()
    expect(await other.getByRole('banner').innerText()).toContain(second)
    await close()
  })

  it('sends a message by keyboard alone', async () => {
    const { page, close } = await operator('')
    await choose(page, hostile)
    await page.getByRole('link', { name: 'Producer' }).focus()
    const reach = async (name: RegExp): Promise<void> => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab')
        const label = await page.evaluate(
          `(() => { const { labels, innerText } = document.activeElement
            return labels?.[0]?.innerText || innerText || '' })()`,
        )
        if (name.test(String(label))) return
      }
      throw new Error(`Tab does not reach ${name}`)
    }
    await reach(/^Channel/)
    await page.keyboard.press('ArrowDown')
    await reach(/^Message/)
    await page.keyboard.type('by keys')
    await reach(/^Send$/)
    await page.keyboard.press('Enter')
    await page.getByLabel('Sent messages, the newest first').getByText('by keys').waitFor()
    const { events } = await bob.sync(channelId, 0)
    expect(events.filter(({ content }) => content === 'by keys')).toHaveLength(1)
    await close()
  })

  it.each(['light', 'dark'] as const)(
    'fits 320 pixels, as at a zoom of 400 %%, without findings of axe (%s)',
    async (colorScheme) => {
      const options = { colorScheme, viewport: { width: 320, height: 640 } }
      const { page, close } = await operator('/consumer', options)
      await choose(page, hostile)
      await page.getByRole('button', { name: 'Consume', exact: true }).click()
      await page.getByText(/Next fetch in/).waitFor()
      for (const path of pages) {
        await page.goto(`${world.url}/console${path}`)
        await page.locator('main .card, main [role=alert]').first().waitFor()
        if (path === '/protocol') await page.getByText('"content": ').first().waitFor()
        const tooWide = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect([path, tooWide, await axeFindings(page)]).toEqual([path, 0, []])
      }
      await close()
    },
    60_000,
  )
})
