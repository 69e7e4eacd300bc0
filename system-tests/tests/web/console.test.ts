import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { BareClient, type Frame } from '../../src/bare-client.ts'
import {
  axeFindings,
  openPeople,
  type Person,
  picture,
  registerOnPage,
  type People,
} from '../../src/people.ts'
import { password } from '../../src/rest.ts'
import { admin, startWorld, type World } from '../../src/world.ts'

jest.setTimeout(60_000)

const unique = (name: string): string => `${name}${Math.random().toString(36).slice(2, 9)}`

describe('the console in a browser', () => {
  let world: World
  let people: People
  let bob: BareClient
  let channelId: string
  const channelName = unique('Orders ')

  beforeAll(async () => {
    ;[world, people] = await Promise.all([startWorld(), openPeople()])
    bob = await BareClient.registered(world.url, 'bob')
    const made = await bob.request({ type: 'create_channel', name: channelName, kind: 'public' })
    channelId = String(made.channelId)
  }, 120_000)
  afterAll(async () => {
    bob.terminate()
    await people.close()
    await world.close()
  })

  async function operator(path: string): Promise<Person> {
    const person = await people.person(world.url)
    await registerOnPage(person.page, unique('op'))
    await person.page.goto(new URL(path, world.url).href)
    return person
  }

  /** All events of the channel. */
  const events = async (): Promise<Frame[]> => (await bob.sync(channelId, 0)).events

  it('produces text, JSON and XML, and shows the number that each message got', async () => {
    const { page, complaints, close } = await operator('/console')
    await page.getByLabel('Find a public channel').fill(channelName)
    await page.getByRole('button', { name: channelName }).click()
    await page.getByText(`Joined ${channelName}.`).waitFor()
    await page.getByRole('combobox', { name: 'Channel' }).selectOption({ label: channelName })
    await page.getByRole('textbox', { name: 'Message' }).fill('plain')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const sent = page.getByLabel('Sent messages, the newest first')
    await sent.getByText('plain').waitFor()
    const stored = (await events()).find(({ content }) => content === 'plain')
    expect(await sent.locator('li').first().innerText()).toContain(String(stored?.seq))

    await page.getByRole('combobox', { name: 'Format' }).selectOption('json')
    await page.getByRole('textbox', { name: 'Message' }).fill('{"a": 1,\n "b" 2}')
    await page.getByText(/line 2, column/).waitFor()
    await expect(
      page.getByRole('button', { name: 'Send', exact: true }).isDisabled(),
    ).resolves.toBe(true)
    await page.getByRole('textbox', { name: 'Message' }).fill('{"a":1}')
    await page.getByRole('button', { name: 'Pretty-print' }).click()
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('{\n  "a": 1\n}')

    await page.getByRole('combobox', { name: 'Format' }).selectOption('xml')
    await page.getByRole('textbox', { name: 'Message' }).fill('<a><b></a>')
    await page.getByText(/line 1/).waitFor()
    await page.getByRole('textbox', { name: 'Message' }).fill('<a><b>1</b></a>')
    await page.getByRole('button', { name: 'Pretty-print' }).click()
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe(
      '<a>\n  <b>1</b>\n</a>',
    )
    await picture(page, 'producer')
    expect(await axeFindings(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('sends many at a rate, each stored once', async () => {
    const { page, close } = await operator('/console')
    await page.getByLabel('Find a public channel').fill(channelName)
    await page.getByRole('button', { name: channelName }).click()
    await page.getByRole('combobox', { name: 'Channel' }).selectOption({ label: channelName })
    await page.getByText('Send many').click()
    await page.getByLabel('Messages', { exact: true }).fill('30')
    await page.getByLabel('Per second').fill('50')
    await page.getByLabel(/^Text;/).fill('many {n} of it')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('30 of 30 stored').waitFor()
    const many = (await events())
      .map(({ content }) => String(content))
      .filter((text) => text.startsWith('many'))
    expect(many).toEqual(Array.from({ length: 30 }, (_, n) => `many ${n + 1} of it`))
    await close()
  })

  it('consumes with a countdown, side by side, and goes on where it was after a reload', async () => {
    const { page, complaints, close } = await operator('/console/consumer')
    await page.getByLabel('Find a public channel').fill(channelName)
    await page.getByRole('button', { name: channelName }).click()
    await page.getByRole('combobox', { name: 'Channel' }).selectOption({ label: channelName })
    for (const name of ['left', 'right']) {
      await page.getByLabel('Name of the consumer').fill(name)
      await page.getByRole('button', { name: 'Consume', exact: true }).click()
    }
    await bob.request({ type: 'chat_message', channelId, content: 'first for consumers' })
    const left = page.getByRole('region', { name: `left of ${channelName}` })
    const right = page.getByRole('region', { name: `right of ${channelName}` })
    await left.getByText(/Next fetch in/).waitFor()
    for (const box of [left, right]) {
      await box.getByRole('button', { name: 'Fetch now' }).click()
      await box.getByText('first for consumers').waitFor()
    }
    await page.reload()
    await bob.request({ type: 'chat_message', channelId, content: 'second for consumers' })
    await left.getByRole('button', { name: 'Fetch now' }).click()
    await left.getByText('second for consumers').waitFor()
    // It was committed before the reload, so it is not fetched again.
    expect(await left.getByText('first for consumers').count()).toBe(0)
    await picture(page, 'consumer')
    expect(await axeFindings(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('shows an admin the cluster, and a user why not', async () => {
    const user = await operator('/console/cluster')
    await user.page
      .getByRole('alert')
      .getByText(/forbidden/)
      .waitFor()
    await user.close()
    const { username } = await admin(world)
    const { page, close } = await people.person(world.url)
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('navigation').waitFor()
    await page.goto(`${world.url}/console/cluster`)
    await page
      .getByRole('region', { name: 'Chat servers', exact: true })
      .getByText('serving')
      .first()
      .waitFor()
    await page
      .getByRole('region', { name: 'Dispatchers', exact: true })
      .getByText(/0/)
      .first()
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
    await picture(page, 'cluster')

    await page.getByRole('link', { name: 'Users' }).click()
    await page.getByLabel('Name begins with').fill(bob.username)
    await page.getByRole('button', { name: bob.username }).click()
    await page.getByLabel('Reason').fill('<b>loud</b>')
    await page.getByRole('button', { name: 'Mute', exact: true }).click()
    await page.getByText(`${bob.username} is muted.`).waitFor()
    await page.getByRole('button', { name: 'Lift the mute' }).click()
    await page.getByText(`${bob.username} may speak again.`).waitFor()
    await page.getByRole('link', { name: 'Audit trail' }).click()
    await page.getByText('<b>loud</b>').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await picture(page, 'audit')
    await close()
  })

  it('explains every frame, and has a socket to try them on', async () => {
    const { page, complaints, close } = await operator('/console/protocol')
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('client.heartbeat')
    await page.getByRole('row', { name: /requestId/ }).waitFor()
    await page.getByText('"type": "heartbeat"').first().waitFor()
    await page.getByRole('button', { name: 'Open as me' }).click()
    const lines = page.getByLabel('Frames of this socket')
    await lines.getByText(/channels_list/).waitFor()
    await page.getByLabel('Frame to send').fill('{"type":"heartbeat","requestId":"mine"}')
    await page.getByRole('button', { name: 'Send' }).click()
    await lines.getByText(/heartbeat_ack.*mine/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await picture(page, 'protocol')
    expect(complaints).toEqual([])
    await close()
  })
})
