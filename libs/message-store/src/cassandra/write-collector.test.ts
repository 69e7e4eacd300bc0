import { describe, expect, it, jest } from '@jest/globals'
import { errors, types } from 'cassandra-driver'
import { setImmediate as turn } from 'node:timers/promises'
import type { Statement } from './statement.ts'
import { WriteCollector } from './write-collector.ts'

function under(answer: (sent: readonly string[]) => Promise<void> = () => Promise.resolve()) {
  const sent: string[][] = []
  const collector = new WriteCollector((statements) => {
    const names = statements.map(({ cql }) => cql)
    sent.push(names)
    return answer(names)
  })
  return { sent, write: (statements: Statement[]) => collector.write(statements) }
}

describe('collected writes', () => {
  it('sends the writes of one turn of the event loop in one request', async () => {
    const { sent, write } = under()
    await Promise.all([write(named('a', 'b')), write(named('c'))])
    await write(named('d'))
    expect(sent).toEqual([['a', 'b', 'c'], ['d']])
  })

  it('sends writes of more than ten partitions, or above a node’s limit, in separate requests', async () => {
    const { sent, write } = under()
    await Promise.all(Array.from({ length: 11 }, (_, i) => write(named(`p${i}`))))
    expect(sent.map((each) => each.length)).toEqual([10, 1])
    const large = { cql: 'large', params: ['x'.repeat(4_000)] }
    await Promise.all([write([large]), write([large]), write(named('small'))])
    expect(sent.slice(2)).toEqual([['large'], ['large', 'small']])
  })

  it('sends writes that wait for a free request together in the next one', async () => {
    const ends: (() => void)[] = []
    const { sent, write } = under(() => new Promise((end) => ends.push(end)))
    const all: Promise<void>[] = []
    for (let i = 0; i < 16; i += 1) {
      all.push(write(named(`running ${i}`)))
      await turn()
    }
    all.push(write(named('a')))
    await turn()
    all.push(write(named('b')))
    await turn()
    expect(sent).toHaveLength(16)
    ends[3]?.()
    await turn()
    expect(sent.slice(16)).toEqual([['a', 'b']])
    for (const end of ends) end()
    await Promise.all(all)
  })

  it('completes the other writes of a request when a node refuses one of them', async () => {
    const { sent, write } = under(async (names) => {
      if (names.includes('bad'))
        throw new errors.ResponseError(types.responseErrorCodes.invalid, 'too large')
    })
    const outcomes = await Promise.allSettled([
      write(named('a')),
      write(named('bad')),
      write(named('b')),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(sent).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']])
  })

  it('rejects all writes of a request that no node answers, and does not send them again', async () => {
    const { sent, write } = under(() =>
      Promise.reject(new errors.ResponseError(types.responseErrorCodes.writeTimeout, 'late')),
    )
    const outcomes = await Promise.allSettled([write(named('a')), write(named('b'))])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(sent).toEqual([['a', 'b']])
  })

  it('refuses writes that waited too long, even if the clock was set back, and when too many wait', async () => {
    const end: (() => void)[] = []
    const { sent, write } = under(() => new Promise((resolve) => end.push(resolve)))
    const running: Promise<void>[] = []
    for (let i = 0; i < 16; i += 1) {
      running.push(write(named(`running ${i}`)))
      await turn()
    }
    const [now, clockMs] = [performance.now(), Date.now()]
    const waiting = Promise.allSettled(Array.from({ length: 20_000 }, () => write(named('late'))))
    await expect(write(named('one more'))).rejects.toMatchObject({ code: 'unavailable' })
    const steady = jest.spyOn(performance, 'now').mockReturnValue(now + 60_000)
    const clock = jest.spyOn(Date, 'now').mockReturnValue(clockMs - 7_200_000)
    for (const each of end) each()
    const outcomes = await waiting
    steady.mockRestore()
    clock.mockRestore()
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect(sent).toHaveLength(16)
    await Promise.all(running)
  })
})

function named(...cql: string[]): Statement[] {
  return cql.map((each) => ({ cql: each, params: [] }))
}
