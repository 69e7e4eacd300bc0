import { describe, expect, it } from '@jest/globals'
import { asyncApiDocument } from '@rookery/protocol'
import { framesOf } from './frames.ts'

const frames = framesOf(asyncApiDocument('1'))
const frame = (key: string) => {
  const found = frames.find((each) => each.key === key)
  if (found === undefined) throw new Error(`no frame ${key}`)
  return found
}

describe('the frames of the protocol page', () => {
  it('all have fields, of which one is the type, and an example', () => {
    expect(frames.length).toBeGreaterThan(40)
    for (const { key, type, fields, example } of frames) {
      expect([key, fields.find(({ path }) => path === 'type')?.type]).toEqual([key, `"${type}"`])
      expect([key, example]).toEqual([key, expect.objectContaining({ type })])
    }
  })

  it('name the limits of a field, and whether it is needed', () => {
    const { fields } = frame('client.chat_message')
    expect(fields.find(({ path }) => path === 'content')).toMatchObject({
      type: 'text (1–4000)',
      isRequired: true,
    })
    expect(fields.find(({ path }) => path === 'clientSeq')).toMatchObject({
      type: 'whole number (at least 1)',
      isRequired: false,
    })
  })

  it('name their answers', () => {
    expect(frame('client.sync').answers).toEqual(['sync_result', 'error'])
  })

  it('explain the objects that they mention, and those that these mention', () => {
    const names = frame('server.channels_list').objects.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['Channel', 'Participant', 'Message', 'Metadata']))
  })

  it('show fields within fields', () => {
    const paths = frame('server.sync_result').fields.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['channels', 'channels.*.events', 'channels.*.error.code']),
    )
  })
})
