import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  closeCodes,
  errorCodeNames,
  clientFrameSchemas,
  serverFrameSchemas,
} from '@rookery/protocol'
import { startWorld, type World } from '../src/world.ts'

const docs = join(dirname(fileURLToPath(import.meta.url)), '../../docs')
const read = (name: string) => readFileSync(join(docs, name), 'utf8')

describe('documents', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it.each(['openapi.json', 'asyncapi.json'])(
    'docs/%s is what the platform serves',
    async (name) => {
      const served = await (await fetch(`${world.url}/${name}`)).text()
      // Stale? `npm run documents` writes it anew.
      expect(JSON.parse(read(name))).toEqual(JSON.parse(served))
    },
  )

  it('the protocol page names every code and every frame', () => {
    const page = read('protocol.md')
    for (const code of errorCodeNames) expect(page).toContain(code)
    const ours: readonly number[] = [closeCodes.internalError, closeCodes.normal]
    for (const code of Object.values(closeCodes).filter((one) => !ours.includes(one)))
      expect(page).toContain(String(code))
    for (const type of [...Object.keys(clientFrameSchemas), ...Object.keys(serverFrameSchemas)])
      expect(page).toContain(type)
  })

  it('a page shows the REST document to people', async () => {
    const page = await fetch(`${world.url}/docs`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
  })
})
