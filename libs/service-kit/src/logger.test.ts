import { describe, expect, it } from '@jest/globals'
import { createLogger } from './logger.ts'

const logged = (write: (logger: ReturnType<typeof createLogger>) => void): string[] => {
  const lines: string[] = []
  write(createLogger('test', { destination: { write: (line: string) => void lines.push(line) } }))
  return lines
}

describe('createLogger', () => {
  it('writes one JSON object a line with service, level and time', () => {
    const [line = ''] = logged((logger) => logger.warn({ a: 'x\ny' }, 'what\nhappened'))
    expect(line.trimEnd()).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({
      service: 'test',
      level: 'warn',
      msg: 'what\nhappened',
      time: expect.stringMatching(/Z$/),
    })
  })

  it('hides secrets and message text, also inside objects', () => {
    const fields = ['token', 'sessionToken', 'refreshToken', 'password', 'authorization', 'content']
    const secrets = Object.fromEntries([...fields, 'text'].map((field) => [field, 'canary']))
    const [line = ''] = logged((logger) =>
      logger.info({ ...secrets, body: secrets, request: { headers: secrets } }, 'seen'),
    )
    expect(line).not.toContain('canary')
    expect(line).toContain('[Redacted]')
  })

  it('is silent below its level', () => {
    expect(logged((logger) => logger.debug('x'))).toEqual([])
  })
})
