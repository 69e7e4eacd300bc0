import { prepareBrowser } from '@rookery/engines'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { password } from './rest.ts'

/** People at a real Chromium, for tests of the pages. */
export interface People {
  /** A person with a browser profile of its own, at a page of the platform. */
  person: (url: string, options?: BrowserContextOptions) => Promise<Person>
  close: () => Promise<void>
}

export interface Person {
  readonly page: Page
  /**
   * What the pages complained about: errors of scripts, warnings, violations of the policy. A test
   * that expects none compares it with [].
   */
  readonly complaints: readonly string[]
  /** Another page of the same person, such as a second tab. */
  tab: (path: string) => Promise<Page>
  close: () => Promise<void>
}

/** Answers that pages must expect, such as of a server that was stopped. */
const expected = /net::ERR_(CONNECTION|INTERNET|NETWORK|EMPTY)|WebSocket connection to/

export async function openPeople(): Promise<People> {
  const executablePath = await prepareBrowser((line) => process.stderr.write(`${line}\n`))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  return {
    person: (url, options) => personOf(browser, url, options),
    close: () => browser.close(),
  }
}

async function personOf(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  // Shorter than a test's own, so that the failure names the step.
  context.setDefaultTimeout(20_000)
  const complaints: string[] = []
  const watched = async (path: string): Promise<Page> => {
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      const isBad = message.type() === 'error' || message.type() === 'warning'
      if (isBad && !expected.test(message.text())) complaints.push(message.text())
    })
    await page.goto(new URL(path, url).href)
    return page
  }
  return { page: await watched('/'), complaints, tab: watched, close: () => context.close() }
}

/** Registers by the page's own form. Resolves when the list of channels is shown. */
export async function registerOnPage(
  page: Page,
  username: string,
  shown: string = username,
): Promise<void> {
  await page.getByText('New here? Create an account').click()
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Display name').fill(shown)
  await page.getByLabel('Password', { exact: false }).first().fill(password)
  await page.getByLabel('Password again').fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('navigation').waitFor()
}

/** Takes a picture of the page if SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with a page for people with disabilities: `rule: element`. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so the page's policy stays as strict as it is.
  await page.evaluate(axe)
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`)
}
