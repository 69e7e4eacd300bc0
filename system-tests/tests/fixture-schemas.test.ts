import { describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  clientFrameSchemas,
  parseClientFrame,
  restErrorSchema,
  type RestRoute,
  restRoutes,
  serverFrameSchemas,
} from '@rookery/protocol'

const folder = join(import.meta.dirname, '../../libs/protocol/fixtures')
const namesIn = (part: string): string[] =>
  readdirSync(join(folder, part)).map((file) => file.replace(/\.json$/, ''))
const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
const routes: Readonly<Record<string, RestRoute>> = restRoutes

describe('the fixtures of the protocol', () => {
  it('there is a fixture for every frame of both directions', () => {
    expect(namesIn('client').sort()).toEqual(Object.keys(clientFrameSchemas).sort())
    expect(namesIn('server').sort()).toEqual(Object.keys(serverFrameSchemas).sort())
  })

  it.each(namesIn('client'))('client/%s is a frame that the server accepts unchanged', (type) => {
    const frame = read(`client/${type}`)
    expect(parseClientFrame(JSON.stringify(frame))).toEqual({ ok: true, frame })
    expect(frame).toMatchObject({ type })
  })

  it.each(namesIn('server'))('server/%s follows its schema, without other fields', (type) => {
    const schema = serverFrameSchemas[type as keyof typeof serverFrameSchemas]
    expect(schema.parse(read(`server/${type}`))).toEqual(read(`server/${type}`))
  })

  it.each(namesIn('rest'))('rest/%s follows the schema of its call', (name) => {
    const [route = '', part] = name.split('.')
    const { body, answer } = routes[route] ?? { body: undefined, answer: restErrorSchema }
    const schema = part === 'request' ? body : answer
    expect(schema?.safeParse(read(`rest/${name}`))).toMatchObject({ success: true })
  })

  it.each(namesIn('dialogue'))('dialogue/%s is a frame, a body or an answer', (name) => {
    const shown = read(`dialogue/${name}`) as { type?: string }
    const server = serverFrameSchemas[shown.type as keyof typeof serverFrameSchemas]
    const candidates = [
      parseClientFrame(JSON.stringify(shown)).ok,
      server?.safeParse(shown).success ?? false,
      restRoutes.register.body.safeParse(shown).success,
      restRoutes.register.answer.safeParse(shown).success,
      restRoutes.servers.answer.safeParse(shown).success,
    ]
    expect(candidates).toContain(true)
  })
})
