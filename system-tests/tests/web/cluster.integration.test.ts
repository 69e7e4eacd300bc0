import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Cluster } from '@rookery/cluster'
import type { Page, WebSocket } from 'playwright-core'
import { startVictim } from '../../src/faults/run/start.ts'
import { openPeople, type People, type Person, registerOnPage } from '../../src/people.ts'
import { newName } from '../../src/rest.ts'

const operator = newName('operator')
let cluster: Cluster
let people: People

beforeAll(async () => {
  const few = { apis: 1, dispatchers: 1, presence: 1 }
  const settings = { ADMIN_USERNAMES: operator }
  ;[cluster, people] = await Promise.all([startVictim(false, few, settings), openPeople()])
}, 240_000)
afterAll(async () => {
  await people.close()
  await cluster.stop()
}, 60_000)

/** The ports of the sockets that a page has opened, the newest last. */
function socketsOf(page: Page): number[] {
  const ports: number[] = []
  page.on('websocket', (socket: WebSocket) => ports.push(Number(new URL(socket.url()).port)))
  return ports
}

it('two people in browsers miss nothing and see nothing twice while a chat server is killed', async () => {
  const newcomer = async (): Promise<Person & { name: string; ports: number[] }> => {
    const person = await people.person(cluster.url)
    const ports = socketsOf(person.page)
    const name = newName('p')
    await registerOnPage(person.page, name)
    return { ...person, name, ports }
  }
  const [ann, bob] = [await newcomer(), await newcomer()]
  await ann.page.getByRole('button', { name: 'New conversation' }).first().click()
  await ann.page.getByLabel(/^People/).fill(bob.name)
  await ann.page.getByLabel(/^Name/).fill('Under fire')
  await ann.page.getByRole('button', { name: 'Start', exact: true }).click()
  await bob.page.locator('.entry a').first().click()
  const console = await people.person(cluster.url)
  await registerOnPage(console.page, operator)
  await console.page.goto(`${cluster.url}/console/cluster`)
  await console.page.getByText('serving').nth(1).waitFor()
  const count = 40
  const talk = async ({ page, name }: typeof ann): Promise<void> => {
    const field = page.locator('.composer textarea')
    for (let n = 1; n <= count; n += 1) {
      await field.fill(`${name} ${n}`)
      await field.press('Enter')
      await page.waitForTimeout(50)
    }
  }
  const talking = Promise.all([talk(ann), talk(bob)])
  await ann.page.waitForTimeout(600)
  const port = ann.ports.at(-1)
  const server = cluster.of('chat-server').find((each) => each.port === port)
  expect(server).toBeDefined()
  server?.signal('SIGKILL')
  await talking
  await console.page.locator('tr.gone').waitFor({ timeout: 20_000 })
  await console.close()
  const shown = async ({ page }: typeof ann): Promise<string[]> =>
    (await page.locator('.row.message:not(.unsent) .md').allInnerTexts()).map((text) => text.trim())
  const isWhole = (texts: readonly string[]): boolean => texts.length >= 2 * count
  for (const person of [ann, bob]) {
    await person.page.locator('.row.unsent').first().waitFor({ state: 'detached', timeout: 40_000 })
    for (const until = Date.now() + 40_000; !isWhole(await shown(person)) && Date.now() < until;)
      await person.page.waitForTimeout(200)
  }
  const [seenByAnn, seenByBob] = [await shown(ann), await shown(bob)]
  expect(seenByAnn).toEqual(seenByBob)
  for (const { name } of [ann, bob])
    expect(seenByAnn.filter((text) => text.startsWith(`${name} `))).toEqual(
      Array.from({ length: count }, (_, n) => `${name} ${n + 1}`),
    )
  await ann.page.getByText('Complete up to here').waitFor()
  await Promise.all([ann.close(), bob.close()])
}, 180_000)
