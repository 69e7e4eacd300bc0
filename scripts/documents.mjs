// Writes libs/protocol/src/examples.ts, docs/openapi.json, docs/asyncapi.json and the tables and
// examples of docs/protocol.md from the schemas with which the servers validate, and
// docs/settings.md from each program's `--help`. A test fails when they are stale.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFrameExamples } from './lib/frame-examples.mjs'
import { fillProtocolDocument } from './lib/protocol-document.mjs'
import { root, setUp } from './lib/set-up.mjs'
import { settingsDocument } from './lib/settings-document.mjs'

setUp()
await writeFrameExamples()
setUp()
const { createLogger } = await import('../libs/service-kit/dist/index.js')
const { readStandaloneConfig, startStandalone } =
  await import('../services/standalone/dist/index.js')
const folder = mkdtempSync(join(tmpdir(), 'rookery-documents-'))
const config = readStandaloneConfig({
  API_PORT: '0',
  CHAT_PORT: '0',
  DATA_DIR: folder,
  JWT_SECRET: 'a-secret-that-signs-nothing-that-matters',
})
const rookery = await startStandalone(config, createLogger('documents', { level: 'error' }))
for (const name of ['openapi.json', 'asyncapi.json']) {
  const document = await (await fetch(`${rookery.url}/${name}`)).json()
  writeFileSync(join(root, 'docs', name), `${JSON.stringify(document, null, 2)}\n`)
}
await rookery.close()
rmSync(folder, { recursive: true, force: true })

const manual = join(root, 'docs', 'protocol.md')
const protocol = await import('../libs/protocol/dist/index.js')
writeFileSync(manual, fillProtocolDocument(readFileSync(manual, 'utf8'), protocol))
writeFileSync(join(root, 'docs', 'settings.md'), settingsDocument())
