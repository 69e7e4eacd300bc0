import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const kib = 1024

/** One entry of the library as a bundler makes it for browsers, with everything that it loads. */
async function bundle(entry: string): Promise<{ text: string; gzipBytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-bundle-'))
  try {
    // In a process of its own, because the bundler does not work in the contexts of jest.
    const vite = path('../../../node_modules/vite/bin/vite.js')
    await promisify(execFile)(
      process.execPath,
      [vite, 'build', '--config', path('../bundle.config.js')],
      { env: { ...process.env, NODE_ENV: 'production', ENTRY: path(entry), OUT: folder } },
    )
    const texts = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      // `ws` is loaded by Node alone. Its entry for browsers only throws.
      .filter((text) => !text.includes('ws does not work in the browser'))
    return { text: texts.join('\n'), gzipBytes: gzipSync(texts.join('\n')).length }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the bundle for browsers', () => {
  it('of the core has at most 20 KiB, no schema library and nothing of Node', async () => {
    const { text, gzipBytes } = await bundle('../src/index.ts')
    expect(text).not.toMatch(/["'`]node:/)
    expect(text).not.toMatch(/ZodError/)
    expect(gzipBytes).toBeGreaterThan(5 * kib)
    expect(gzipBytes).toBeLessThanOrEqual(20 * kib)
  })

  it('of the strict checks has the schema library', async () => {
    const { text, gzipBytes } = await bundle('../src/strict.ts')
    expect(text).toMatch(/ZodError/)
    expect(gzipBytes).toBeGreaterThan(20 * kib)
  })
})
