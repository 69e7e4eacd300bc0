import { describe, expect, it } from '@jest/globals'
import { TypedEmitter } from './typed-emitter.ts'

class Bell extends TypedEmitter<{ ring: number }> {
  ring(times: number): void {
    this.emit('ring', times)
  }
}

describe('TypedEmitter', () => {
  it('calls listeners in order until they are removed', () => {
    const bell = new Bell()
    const heard: string[] = []
    const off = bell.on('ring', (times) => heard.push(`a${times}`))
    bell.on('ring', (times) => heard.push(`b${times}`))
    bell.once('ring', (times) => heard.push(`once${times}`))
    bell.ring(1)
    off()
    bell.ring(2)
    expect(heard).toEqual(['a1', 'b1', 'once1', 'b2'])
  })

  it('calls the other listeners when one throws, and does not lose the error', async () => {
    const bell = new Bell()
    let heard = 0
    const error = new Error('a listener failed')
    const surfaced = new Promise((resolve) => {
      const original = globalThis.queueMicrotask
      globalThis.queueMicrotask = (task) => {
        globalThis.queueMicrotask = original
        try {
          task()
        } catch (thrown) {
          resolve(thrown)
        }
      }
    })
    bell.on('ring', () => {
      throw error
    })
    bell.on('ring', () => heard++)
    bell.ring(1)
    expect(heard).toBe(1)
    expect(await surfaced).toBe(error)
  })
})
