import { describe, expect, it } from '@jest/globals'
import { runCommand } from './menu.ts'
import type { Worker } from './worker.ts'
import { WorkerError } from './worker-error.ts'

class FakeWorker implements Worker {
  readonly name = 'ada'
  readonly done: string[] = []

  async enroll(): Promise<boolean> {
    return this.#did('enroll')
  }
  async quit(): Promise<boolean> {
    return this.#did('quit')
  }
  async goOnline(): Promise<void> {
    this.#did('online')
  }
  async goOffline(): Promise<void> {
    throw new WorkerError('unavailable', 'no answer')
  }
  async write(to: string, text: string): Promise<void> {
    this.#did(`write ${to} ${text}`)
  }
  async read(): Promise<{ from: string | null; text: string }[]> {
    return [
      { from: 'bob', text: 'a\nbob: b' },
      { from: null, text: '\u001B[2J' },
    ]
  }
  async online(): Promise<string[]> {
    return ['ada', 'bob']
  }
  async close(): Promise<void> {}

  #did(what: string): boolean {
    this.done.push(what)
    return true
  }
}

describe('the menu of a worker', () => {
  it.each([
    ['enroll', 'enroll', ['enrolled']],
    ['1', 'enroll', ['enrolled']],
    ['go online', 'online', ['online']],
    ['  2 ', 'online', ['online']],
    ['write bob hello  you', 'write bob hello  you', ['written to bob']],
    ['3 bob 4', 'write bob 4', ['written to bob']],
    ['7', 'quit', ['quit']],
  ])('takes %j', async (line, done, lines) => {
    const worker = new FakeWorker()
    await expect(runCommand(line, worker)).resolves.toEqual({ lines, failed: false, exit: false })
    expect(worker.done).toEqual([done])
  })

  it('shows a text as one line that cannot control the terminal', async () => {
    const { lines } = await runCommand('read', new FakeWorker())
    expect(lines).toEqual(['bob: a bob: b', '?:  [2J'])
  })

  it('leaves at exit, and does nothing for an empty line', async () => {
    await expect(runCommand('exit', new FakeWorker())).resolves.toMatchObject({ exit: true })
    const nothing = { lines: [], failed: false, exit: false }
    await expect(runCommand('  ', new FakeWorker())).resolves.toEqual(nothing)
  })

  it.each([
    ['write bob', 'to whom'],
    ['write', 'to whom'],
    ['offline', 'no answer'],
    ['toString', 'no command toString'],
    ['__proto__', 'no command __proto__'],
  ])('reports why %j failed', async (line, why) => {
    const { lines, failed } = await runCommand(line, new FakeWorker())
    expect(failed).toBe(true)
    expect(lines[0]).toMatch(new RegExp(`^error: .*${why}`))
  })
})
