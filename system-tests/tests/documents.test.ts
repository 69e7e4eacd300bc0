import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as protocol from '@rookery/protocol'
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
      // If this fails, `npm run documents` updates the document.
      expect(JSON.parse(read(name))).toEqual(JSON.parse(served))
    },
  )

  it('the AsyncAPI document has the fixture of each frame as its example', () => {
    for (const [name, example] of Object.entries(protocol.frameExamples)) {
      const fixture = readFileSync(
        join(docs, '../libs/protocol/fixtures', `${name.replace('.', '/')}.json`),
        'utf8',
      )
      // If this fails, `npm run documents` updates the example.
      expect(example).toEqual(JSON.parse(fixture))
    }
    const types = [
      ...Object.keys(protocol.clientFrameSchemas).map((type) => `client.${type}`),
      ...Object.keys(protocol.serverFrameSchemas).map((type) => `server.${type}`),
    ]
    expect(Object.keys(protocol.frameExamples).sort()).toEqual(types.sort())
  })

  it('the protocol manual has a section for every frame and every call', () => {
    const headings = new Set(read('protocol.md').match(/^### .*$/gm))
    for (const type of Object.keys(protocol.clientFrameSchemas))
      expect(headings).toContain(`### \`${type}\``)
    const shownApart = { chat_message: ' (event)', typing: ' (shown)' } as Record<string, string>
    for (const type of Object.keys(protocol.serverFrameSchemas))
      expect(headings).toContain(`### \`${type}\`${shownApart[type] ?? ''}`)
    const calls = [...headings].join('\n')
    for (const { method, path } of Object.values(protocol.restRoutes).filter(isNotUndone))
      expect(calls).toContain(`\`${method} ${path}\``)
  })

  it('the protocol manual says for every code what to do about it', () => {
    const page = read('protocol.md')
    for (const [code, status] of Object.entries(protocol.errorCodes))
      expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\| ${status} \\| .+ \\| .+ \\|$`, 'm'))
    const { normal, ...codes } = protocol.closeCodes
    expect(normal).toBe(1000)
    for (const code of Object.values(codes))
      expect(page).toMatch(new RegExp(`^\\| .*\\b${code}\\b`, 'm'))
  })

  it('the protocol manual shows every example, and each field as its schema says', async () => {
    const { fillProtocolDocument, examplesIn } = await script('protocol-document.mjs')
    const page = read('protocol.md')
    // If this fails, `npm run documents` updates the document.
    expect(fillProtocolDocument(page, protocol)).toBe(page)
    const shown = new Set(examplesIn(page))
    const fixtures = join(docs, '../libs/protocol/fixtures')
    for (const part of readdirSync(fixtures))
      for (const file of readdirSync(join(fixtures, part)))
        expect(shown).toContain(`${part}/${file.replace(/\.json$/, '')}`)
  })

  it('the settings page says what the programs print for --help', async () => {
    const { settingsDocument } = await script('settings-document.mjs')
    // If this fails, `npm run documents` updates the document.
    expect(settingsDocument()).toBe(read('settings.md'))
  })

  it('the platform serves a readable page of the REST document', async () => {
    const page = await fetch(`${world.url}/docs`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
  })
})

/** False for the `DELETE` that undoes a ban or a mute: the section of its `POST` describes it. */
function isNotUndone({ method, path }: { method: string; path: string }): boolean {
  return !(method === 'DELETE' && path.startsWith('/admin/')) && !path.startsWith('/metrics')
}

interface DocumentScripts {
  fillProtocolDocument: (text: string, schemas: typeof protocol) => string
  examplesIn: (text: string) => string[]
  settingsDocument: () => string
}

async function script(name: string): Promise<DocumentScripts> {
  return (await import(join(docs, '../scripts/lib', name))) as DocumentScripts
}
