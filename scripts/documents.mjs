// Writes docs/openapi.json and docs/asyncapi.json from the schemas that the servers validate with. A test fails when they are stale.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from './lib/set-up.mjs'

setUp('services/standalone')
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
