import { afterEach, beforeEach } from '@jest/globals'
import { randomUUID } from 'node:crypto'

export interface UnderTest<Port> {
  port: Port
  dispose(): Promise<void>
}
/**
 * For ports with leases. `pass` moves the engine's clock. If the clock cannot be moved, `pass`
 * waits, and the engine is opened with shorter leases.
 */
export interface TimedUnderTest<Port> extends UnderTest<Port> {
  pass: (ms: number) => Promise<void>
}

/** Opens before each test and disposes after it. The returned function gives the opened object. */
export function openedForEach<Opened extends { dispose(): Promise<void> }>(
  open: () => Promise<Opened>,
): () => Opened {
  let opened: Opened | null = null
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(async () => {
    await opened?.dispose()
    opened = null
  })
  return () => {
    if (opened === null) throw new Error('nothing is open outside a test: call this inside `it`')
    return opened
  }
}

/** A name that no other test uses, even if the engine is shared. */
export function fresh(name: string): string {
  return `${name}-${randomUUID()}`
}
