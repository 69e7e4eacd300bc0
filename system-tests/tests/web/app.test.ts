import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Dialog, Page } from 'playwright-core'
import { BareClient } from '../../src/bare-client.ts'
import {
  axeFindings,
  openPeople,
  type Person,
  picture,
  registerOnPage,
  type People,
} from '../../src/people.ts'
import { call } from '../../src/rest.ts'
import { admin, startWorld, type World } from '../../src/world.ts'

// Browsers are slow where other tests use the processor, too.
jest.setTimeout(60_000)

const unique = (name: string): string => `${name}${Math.random().toString(36).slice(2, 9)}`

describe('the chat app in a browser', () => {
  let world: World
  let people: People

  beforeAll(async () => {
    const limits = { RATE_LIMIT_MESSAGES_PER_SECOND: '1000', RATE_LIMIT_MESSAGE_BURST: '1000' }
    ;[world, people] = await Promise.all([startWorld(limits), openPeople()])
  }, 120_000)
  afterAll(async () => {
    await people.close()
    await world.close()
  })

  /** Somebody who has just registered on the page. */
  async function newcomer(name: string, options = {}): Promise<Person & { username: string }> {
    const person = await people.person(world.url, options)
    const username = unique(name)
    await registerOnPage(person.page, username, `${name} Example`)
    return { ...person, username }
  }

  /** Opens a group with these people, and goes there. */
  async function group(page: Page, name: string, people: readonly string[]): Promise<void> {
    await page.getByRole('button', { name: 'New conversation' }).first().click()
    await page.getByLabel(/^People/).fill(people.join(' '))
    await page.getByLabel(/^Name/).fill(name)
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }
  const composer = (page: Page) => page.locator('.composer textarea')
  const say = async (page: Page, text: string): Promise<void> => {
    await composer(page).fill(text)
    await composer(page).press('Enter')
  }
  /** Sends messages 1..count in order. @returns their numbers in the channel */
  const sendAll = async (
    from: BareClient,
    channelId: string,
    count: number,
    text: (n: number) => string,
  ): Promise<number[]> => {
    const sent = Array.from({ length: count }, (_, n) =>
      from.request({ type: 'chat_message', channelId, content: text(n + 1) }),
    )
    return (await Promise.all(sent)).map(({ seq }) => seq)
  }
  const shown = (page: Page, text: string) => page.locator('.row.message .md', { hasText: text })
  const texts = (page: Page): Promise<string[]> => page.locator('.row.message .md').allInnerTexts()
  const openFirst = (page: Page): Promise<void> => page.locator('.entry a').first().click()

  it('lets two people register, start a group, talk, edit, delete and react', async () => {
    const [ann, bob] = await Promise.all([newcomer('ann'), newcomer('bob')])
    await group(ann.page, 'Plans', [bob.username])
    await say(ann.page, 'Hello **Bob**')
    await shown(ann.page, 'Hello Bob').waitFor()
    await openFirst(bob.page)
    await shown(bob.page, 'Hello Bob').waitFor()
    await say(bob.page, 'Hello Ann')
    await shown(ann.page, 'Hello Ann').waitFor()
    expect(await texts(ann.page)).toEqual(['Hello Bob', 'Hello Ann'])
    expect(await texts(bob.page)).toEqual(['Hello Bob', 'Hello Ann'])

    await composer(ann.page).press('ArrowUp')
    await ann.page.locator('.edit textarea').fill('Hello Robert')
    await ann.page.locator('.edit textarea').press('Enter')
    await shown(bob.page, 'Hello Robert').waitFor()
    await bob.page.getByText('edited').waitFor()

    await shown(bob.page, 'Hello Robert').hover()
    await bob.page.locator('.row.message', { hasText: 'Robert' }).getByTitle('👍').click()
    await ann.page.locator('.reaction', { hasText: '👍' }).waitFor()

    ann.page.on('dialog', (dialog: Dialog) => void dialog.accept())
    await shown(ann.page, 'Hello Robert').hover()
    await ann.page.locator('.row.message', { hasText: 'Robert' }).getByTitle('Delete').click()
    await bob.page.getByText('This message was deleted.').waitFor()
    await picture(bob.page, 'talk')
    expect([...ann.complaints, ...bob.complaints]).toEqual([])
    await Promise.all([ann.close(), bob.close()])
  })

  it('stays logged in over a reload, and keeps no token where a script could read it', async () => {
    const ann = await newcomer('ann')
    await ann.page.reload()
    await ann.page.getByRole('navigation').waitFor()
    const kept = await ann.page.evaluate('JSON.stringify(localStorage) + document.cookie')
    expect(kept).not.toMatch(/eyJ|rookery_refresh/)
    await ann.page.locator('.me').click()
    await ann.page.getByRole('button', { name: 'Log out', exact: true }).click()
    await ann.page.getByRole('button', { name: 'Log in', exact: true }).waitFor()
    await ann.page.reload()
    await ann.page.getByRole('button', { name: 'Log in', exact: true }).waitFor()
    expect(ann.complaints).toEqual([])
    await ann.close()
  })

  it('keeps a draft per channel over switches and a reload, and sends each text once', async () => {
    const ann = await newcomer('ann')
    await group(ann.page, 'First', [])
    await composer(ann.page).fill('for the first')
    await group(ann.page, 'Second', [])
    await composer(ann.page).fill('for the second')
    await ann.page.locator('.entry', { hasText: 'First' }).locator('a').click()
    await ann.page.getByRole('heading', { level: 1, name: 'First' }).waitFor()
    expect(await composer(ann.page).inputValue()).toBe('for the first')
    await ann.page.waitForTimeout(300)
    await ann.page.reload()
    await ann.page.getByRole('heading', { level: 1, name: 'First' }).waitFor()
    await expect(composer(ann.page).inputValue()).resolves.toBe('for the first')
    await composer(ann.page).press('Enter')
    await shown(ann.page, 'for the first').waitFor()
    expect(await composer(ann.page).inputValue()).toBe('')
    await ann.page.locator('.entry', { hasText: 'Second' }).locator('a').click()
    await ann.page.getByRole('heading', { level: 1, name: 'Second' }).waitFor()
    expect(await composer(ann.page).inputValue()).toBe('for the second')
    await ann.close()
  })

  it('marks as read only what a person sees, and shows where the unread messages begin', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    const { channelId } = await bob.request({
      type: 'create_channel',
      name: 'News',
      participants: [ann.username],
    })
    await sendAll(bob, channelId, 60, (n) => `news ${n}`)
    const entry = ann.page.locator('.entry', { hasText: 'News' })
    await entry.locator('.badge', { hasText: '60' }).waitFor()
    await entry.locator('a').click()
    await ann.page.locator('.divider').waitFor()
    // The divider is in view, and not all of the 60 messages.
    await expect(ann.page.locator('.divider').isVisible()).resolves.toBe(true)
    await entry.locator('.badge').filter({ hasNotText: '60' }).waitFor()
    await expect(entry.locator('.badge').count()).resolves.toBe(1)
    await ann.page.getByRole('button', { name: /new message/ }).click()
    await entry.locator('.badge').waitFor({ state: 'detached' })
    await picture(ann.page, 'unread')
    bob.terminate()
    await ann.close()
  })

  it('keeps the place of a reader to the pixel while older messages are loaded', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    const { channelId } = await bob.request({
      type: 'create_channel',
      name: 'Long',
      participants: [ann.username],
    })
    await sendAll(bob, channelId, 180, (n) => `line ${n}\nmore of it`)
    await ann.page.locator('.entry', { hasText: 'Long' }).locator('a').click()
    await ann.page.locator('.row.message').first().waitFor()
    const jump = ann.page.getByRole('button', { name: /new message|newest/ })
    if (await jump.isVisible()) await jump.click()
    await shown(ann.page, 'line 180').waitFor()
    const scroller = ann.page.locator('.timeline')
    const top = async (text: string): Promise<number> => {
      const box = await ann.page.locator('.row.message', { hasText: text }).first().boundingBox()
      return box?.y ?? Number.NaN
    }
    let jumps = 0
    for (let step = 0; step < 12; step += 1) {
      const first = (await texts(ann.page))[3]?.split('\n')[0] ?? ''
      await scroller.evaluate('(element) => { element.scrollTop = 100 }')
      const before = await top(first)
      await ann.page.waitForTimeout(120)
      const after = await top(first)
      if (Math.abs(after - before) > 1) jumps += 1
      if ((await texts(ann.page))[0]?.startsWith('line 1\n') === true) break
    }
    expect(jumps).toBe(0)
    bob.terminate()
    await ann.close()
  })

  it('stays where the reader is while new messages come below', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    const { channelId } = await bob.request({
      type: 'create_channel',
      name: 'Busy',
      participants: [ann.username],
    })
    await sendAll(bob, channelId, 60, (n) => `old ${n}.`)
    await ann.page.locator('.entry', { hasText: 'Busy' }).locator('a').click()
    const reading = ann.page.locator('.row.message', { hasText: 'old 5.' })
    await reading.waitFor()
    await reading.scrollIntoViewIfNeeded()
    const before = await reading.boundingBox()
    await sendAll(bob, channelId, 20, (n) => `new ${n}.`)
    await ann.page.locator('.entry .last', { hasText: 'new 20.' }).waitFor()
    expect(await reading.boundingBox()).toEqual(before)
    bob.terminate()
    await ann.close()
  })

  it('says why a message was refused, and sends it again when asked', async () => {
    const ann = await newcomer('ann')
    const { sessionToken: token } = await admin(world)
    await group(ann.page, 'Quiet', [])
    const mute = `/admin/users/${ann.username}/mute`
    await call(world.url, 'POST', mute, { token, body: { reason: 'a test' } })
    await say(ann.page, 'unheard')
    const failed = ann.page.locator('.row.unsent.failed')
    await failed.getByText(/Not sent: You may not do that/).waitFor()
    await call(world.url, 'DELETE', mute, { token })
    await failed.getByRole('button', { name: 'Send again' }).click()
    await ann.page.locator('.row.message:not(.unsent)', { hasText: 'unheard' }).waitFor()
    expect(await texts(ann.page)).toEqual(['unheard'])
    await ann.close()
  })

  it('leads by a link to the message, and marks it', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    const { channelId } = await bob.request({
      type: 'create_channel',
      name: 'Links',
      participants: [ann.username],
    })
    const seqs = await sendAll(bob, channelId, 120, (n) => `point ${n}.`)
    await ann.page.goto(`${world.url}/app/c/${String(channelId)}/${seqs[9]}`)
    const target = ann.page.locator('.row.target')
    await target.waitFor()
    expect(await target.innerText()).toContain('point 10.')
    await expect(target.isVisible()).resolves.toBe(true)
    bob.terminate()
    await ann.close()
  })

  it('is usable by keyboard alone: from the list to a message, its reaction, and back to writing', async () => {
    const ann = await newcomer('ann')
    for (const name of ['Keys one', 'Keys two']) {
      await group(ann.page, name, [])
      await say(ann.page, `in ${name}`)
    }
    const { keyboard } = ann.page
    await ann.page.getByRole('searchbox', { name: 'Find a channel or person' }).focus()
    // The whole list is one tab stop.
    await keyboard.press('Tab')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await ann.page.getByRole('heading', { level: 1, name: 'Keys one' }).waitFor()
    await shown(ann.page, 'in Keys one').waitFor()
    await ann.page.getByRole('log').focus()
    await keyboard.press('ArrowUp')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await ann.page.locator('.reaction', { hasText: '👍' }).waitFor()
    await keyboard.press('Control+k')
    await keyboard.type('keys two')
    await keyboard.press('Enter')
    await ann.page.getByRole('heading', { level: 1, name: 'Keys two' }).waitFor()
    await keyboard.type('written at once')
    await keyboard.press('Enter')
    await shown(ann.page, 'written at once').waitFor()
    expect(ann.complaints).toEqual([])
    await ann.close()
  })

  it('does not send with the Enter that chooses a word of an input method', async () => {
    const ann = await newcomer('ann')
    await group(ann.page, 'Composing', [])
    await composer(ann.page).focus()
    const debug = await ann.page.context().newCDPSession(ann.page)
    await debug.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await composer(ann.page).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    await debug.send('Input.insertText', { text: '日本' })
    expect(await ann.page.locator('.row.message').count()).toBe(0)
    await composer(ann.page).press('Enter')
    await shown(ann.page, '日本').waitFor()
    await ann.close()
  })

  it('shows hostile text as text: names, messages and links', async () => {
    const hostile = '<img src=x onerror=document.title="owned">'
    const person = await people.person(world.url)
    await registerOnPage(person.page, unique('eve'), hostile)
    await group(person.page, `<b>${hostile.slice(0, 60)}`, [])
    await say(person.page, `${hostile} [click](javascript:alert(1)) <script>alert(1)</script>`)
    await shown(person.page, 'onerror').waitFor()
    expect(await person.page.locator('.md a, .md img, .md script').count()).toBe(0)
    expect(await person.page.title()).not.toBe('owned')
    expect(person.complaints).toEqual([])
    await person.close()
  })

  it('opens without a network, shows what was said, and sends what is written later, once', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    await group(ann.page, 'Offline', [bob.username])
    await say(ann.page, 'before')
    await ann.page.getByText('Complete up to here').waitFor()
    await ann.page.waitForFunction(`caches.match('/').then((page) => page !== undefined)`)
    // Changes are written to the browser's storage within a second.
    await ann.page.waitForTimeout(1_500)
    await ann.page.context().setOffline(true)
    await ann.page.reload()
    await shown(ann.page, 'before').waitFor()
    for (const text of ['first later', 'second later']) await say(ann.page, text)
    await ann.page.getByText('Waiting for the connection').first().waitFor()
    await ann.page.reload()
    await shown(ann.page, 'second later').waitFor()
    await ann.page.context().setOffline(false)
    const isLater = ({ content }: { content?: string }) => /later/.test(content ?? '')
    const first = await bob.next((frame) => frame.type === 'chat_message' && isLater(frame), 40_000)
    const second = await bob.next((frame) => frame.seq > first.seq && isLater(frame))
    await ann.page.locator('.row.unsent').first().waitFor({ state: 'detached' })
    expect([first.content, second.content]).toEqual(['first later', 'second later'])
    expect(bob.events(first.channelId).filter(isLater)).toHaveLength(2)
    bob.terminate()
    await ann.close()
  }, 60_000)

  it('notifies once of a message that is not on the screen, and never of one that is', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    await ann.page.evaluate(`
      globalThis.notes = []
      globalThis.Notification = class extends EventTarget {
        static permission = 'granted'
        constructor(title) { super(); notes.push(title) }
      }`)
    const made = (name: string) =>
      bob.request({ type: 'create_channel', name, participants: [ann.username] })
    const [seen, hidden] = [await made('On screen'), await made('Elsewhere')]
    await ann.page.locator('.entry', { hasText: 'On screen' }).locator('a').click()
    for (const { channelId } of [seen, hidden])
      await bob.request({ type: 'chat_message', channelId, content: 'news' })
    await ann.page.locator('.entry', { hasText: 'Elsewhere' }).locator('.badge').waitFor()
    await shown(ann.page, 'news').waitFor()
    expect(await ann.page.evaluate('notes')).toEqual(['Elsewhere'])
    bob.terminate()
    await ann.close()
  })

  it('does not grow while a person goes from channel to channel', async () => {
    const ann = await newcomer('ann')
    for (const name of ['One', 'Two', 'Three']) {
      await group(ann.page, name, [])
      await say(ann.page, `in ${name}`)
    }
    const debug = await ann.page.context().newCDPSession(ann.page)
    const heap = async (): Promise<number> => {
      await ann.page.waitForTimeout(500)
      await debug.send('HeapProfiler.collectGarbage')
      return (await debug.send('Runtime.getHeapUsage')).usedSize
    }
    const wander = (times: number): Promise<void> =>
      ann.page.evaluate(`(async () => {
        for (let n = 0; n < ${times}; n += 1) {
          const links = document.querySelectorAll('.entry a')
          links[n % links.length].click()
          await new Promise((resolve) => requestAnimationFrame(resolve))
        }
      })()`)
    await wander(100)
    const before = await heap()
    await wander(400)
    expect((await heap()) - before).toBeLessThan(2_000_000)
    expect(await ann.page.locator('.timeline').count()).toBe(1)
    await ann.close()
  })

  it('has no findings of axe, in light and dark, wide and narrow', async () => {
    const ann = await newcomer('ann')
    const bob = await BareClient.registered(world.url, 'bob')
    await group(ann.page, 'Access', [bob.username])
    await say(ann.page, 'One `code` and a [link](https://example.org).\n\n```\nblock\n```')
    await shown(ann.page, 'One').waitFor()
    await ann.page.getByRole('button', { name: 'Details of the channel' }).click()
    await ann.page.locator('.panel').waitFor()
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 640, 320]) {
        const contrast = width === 640 ? 'more' : 'no-preference'
        await ann.page.emulateMedia({ colorScheme, contrast, reducedMotion: 'reduce' })
        await ann.page.setViewportSize({ width, height: 740 })
        expect(await axeFindings(ann.page)).toEqual([])
        await picture(ann.page, `access-${colorScheme}-${width}`)
        const overflow = 'document.documentElement.scrollWidth > innerWidth'
        expect(await ann.page.evaluate(overflow)).toBe(false)
      }
    bob.terminate()
    await ann.close()
  })
})
