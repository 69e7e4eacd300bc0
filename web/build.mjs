// Builds the pages into `dist`: the table of emoji, the bundles, and a compressed copy of each file.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'vite'

const folder = import.meta.dirname
const dist = join(folder, 'dist')
/** Smaller files gain nothing. */
const compressFromBytes = 1_000
const flagsGroup = 9
const componentsGroup = 2

writeEmoji()
rmSync(dist, { recursive: true, force: true })
await build({ configFile: join(folder, 'vite.config.js') })
for (const file of filesIn(dist)) {
  if (!/\.(html|js|css|json|svg|webmanifest)$/.test(file)) continue
  const bytes = readFileSync(file)
  if (bytes.length < compressFromBytes) continue
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${file}.br`, brotliCompressSync(bytes))
}

/** `[emoji, name, other words]` for each emoji, without parts of others and without flags of regions. */
function writeEmoji() {
  const data = createRequire(import.meta.url)('emojibase-data/en/compact.json')
  const table = data
    .filter(({ group, order }) => order !== undefined && group !== undefined)
    .filter(({ group }) => group !== componentsGroup && group !== flagsGroup)
    .sort((a, b) => a.order - b.order)
    .map(({ unicode, label, tags = [] }) => [unicode, label, tags.slice(0, 3).join(' ')])
  mkdirSync(join(folder, 'src', 'generated'), { recursive: true })
  writeFileSync(join(folder, 'src', 'generated', 'emoji.json'), JSON.stringify(table))
}

function filesIn(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
