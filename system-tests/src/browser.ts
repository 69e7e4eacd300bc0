import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, type BrowserContext } from 'playwright-core'
import { prepareBrowser } from '@rookery/engines'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/**
 * Opens a browser with a profile of its own, as a user's is: what it keeps outlives its tabs.
 * `forbidsStorage`: the user has forbidden pages to keep anything.
 */
export async function openBrowser(
  options: { forbidsStorage?: boolean } = {},
): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const executablePath = await prepareBrowser((line) => process.stderr.write(`${line}\n`))
  const profile = mkdtempSync(join(tmpdir(), 'rookery-browser-'))
  if (options.forbidsStorage === true) {
    const folder = join(profile, 'Default')
    mkdirSync(folder)
    const forbidden = { profile: { default_content_setting_values: { cookies: 2 } } }
    writeFileSync(join(folder, 'Preferences'), JSON.stringify(forbidden))
  }
  // Root needs it. The pages are our own.
  const args = ['--no-sandbox']
  const context = await chromium.launchPersistentContext(profile, { executablePath, args })
  return {
    context,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Serves a page that loads this script of `src/`, bundled for browsers. */
export async function servePage(script: string): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-page-'))
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const config = join(root, 'libs/client/bundle.config.js')
  const entry = join(root, 'system-tests/src', script)
  await promisify(execFile)(process.execPath, [vite, 'build', '--config', config], {
    env: { ...process.env, NODE_ENV: 'production', ENTRY: entry, OUT: folder },
  })
  const server = createServer(({ url = '/' }, response) => {
    if (!url.endsWith('.js')) {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(
        '<!doctype html><title>Store</title><script type="module" src="/entry.js"></script>',
      )
      return
    }
    response.writeHead(200, { 'content-type': 'text/javascript' })
    response.end(readFileSync(join(folder, basename(url))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
