import { describe, expect, it } from '@jest/globals'
import { createLogger, loggerOf } from './logger.ts'

const logged = (write: (logger: ReturnType<typeof createLogger>) => void): string[] => {
  const lines: string[] = []
  write(createLogger('test', { destination: { write: (line: string) => void lines.push(line) } }))
  return lines
}

describe('createLogger', () => {
  it('writes one JSON object a line with service, level and time', () => {
    const [line = ''] = logged((logger) => logger.warn({ a: 'x\ny' }, 'several\nlines'))
    expect(line.trimEnd()).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({
      service: 'test',
      level: 'warn',
      msg: 'several\nlines',
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

  it('writes each key once, for a child logger and for fields with the logger’s own names', () => {
    const [line = '', own = ''] = logged((logger) => {
      const one = loggerOf(logger, 'other')
      one
        .child({ part: 1 })
        .warn({ service: 'x', pid: 'x', time: 'x', level: 'x', msg: 'x' }, 'said')
      logger.warn({ err: Object.assign(new Error('a\nb'), { level: 'x' }) }, 'said')
    })
    const keys = [...line.matchAll(/"(\w+)":/g)].map(([, key]) => key)
    expect(keys).toEqual([...new Set(keys)])
    expect(JSON.parse(line)).toMatchObject({ service: 'x', level: 'warn', msg: 'said', msg_: 'x' })
    expect(JSON.parse(own)).toMatchObject({ service: 'test', err: { message: 'a\nb' } })
    expect(own.trimEnd()).not.toContain('\n')
  })

  it('names the service of a child logger', () => {
    const [line = ''] = logged((logger) => loggerOf(logger, 'other').info('x'))
    expect(line.match(/"service":"\w+"/g)).toEqual(['"service":"other"'])
  })

  it('writes no line below the level of the logger', () => {
    expect(logged((logger) => logger.debug('x'))).toEqual([])
  })
})
