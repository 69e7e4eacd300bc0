import { Parser } from '@asyncapi/parser'
import { describe, expect, it } from '@jest/globals'
import { asyncApiDocument } from './async-api.ts'
import { clientFrameSchemas } from './client-frames/index.ts'
import { serverFrameSchemas } from './server-frames.ts'

describe('asyncApiDocument', () => {
  it('is a valid AsyncAPI 3 document', async () => {
    const diagnostics = await new Parser().validate(JSON.stringify(asyncApiDocument('1.2.3')))
    // The parser always advises the newest version of the format. It may report nothing else.
    expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([])
  }, 20_000)

  it('describes every frame of both directions', () => {
    const { components } = asyncApiDocument('1.2.3') as {
      components: Record<'messages' | 'schemas', Record<string, unknown>>
    }
    const frames = [
      ...Object.keys(clientFrameSchemas).map((type) => `client.${type}`),
      ...Object.keys(serverFrameSchemas).map((type) => `server.${type}`),
    ]
    expect(Object.keys(components.messages)).toEqual(frames)
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(frames))
  })

  it('is the same document each time, and allows unknown fields', () => {
    const text = JSON.stringify(asyncApiDocument('1.2.3'))
    expect(JSON.stringify(asyncApiDocument('1.2.3'))).toBe(text)
    expect(text).not.toContain('"additionalProperties":false')
    expect(text).not.toContain('"$schema"')
  })
})
