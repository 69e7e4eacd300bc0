import { expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../../web/dist')

/** Bytes after gzip of everything that a page loads before it shows something. */
function weightOf(page: string): number {
  const html = readFileSync(join(dist, page), 'utf8')
  const files = new Set(html.match(/assets\/[\w.-]+\.(?:js|css)/g))
  // What the scripts of the page import at once.
  for (const file of files)
    for (const [, name = ''] of readFileSync(join(dist, file), 'utf8').matchAll(
      /(?:from|import)\s*[`"']\.\/([\w.-]+\.js)[`"']/g,
    ))
      files.add(`assets/${name}`)
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0)
}

it('the chat app weighs at most 100 KB, and the console at most 70', () => {
  expect(readdirSync(join(dist, 'assets')).length).toBeGreaterThan(4)
  expect(weightOf('index.html')).toBeGreaterThan(20_000)
  expect(weightOf('index.html')).toBeLessThan(100_000)
  expect(weightOf('console.html')).toBeGreaterThan(20_000)
  expect(weightOf('console.html')).toBeLessThan(70_000)
})
