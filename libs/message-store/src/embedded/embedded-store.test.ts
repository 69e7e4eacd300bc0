import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeMessageStore } from '../testing/index.ts'
import { openEmbeddedStore } from './embedded-store.ts'

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'rookery-store-'))
const logEpoch = { installId: 'log-1', number: 1 }

describeMessageStore('SQLite', async () => {
  const folder = makeFolder()
  let store = await openEmbeddedStore({ folder, logEpoch })
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openEmbeddedStore({ folder, logEpoch })
      return store
    },
    dispose: async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
})

describe('the embedded store', () => {
  let folder: string
  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it.each([
    ['of another install', { installId: 'log-2', number: 1 }],
    ['of another epoch', { installId: 'log-1', number: 2 }],
  ])('refuses a log %s, and says what to do', async (_which, other) => {
    await (await openEmbeddedStore({ folder, logEpoch })).close()
    const refused = openEmbeddedStore({ folder, logEpoch: other })
    await expect(refused).rejects.toMatchObject({ code: 'mismatch', retryable: false })
    await expect(refused).rejects.toThrow(/belongs to log log-1, epoch 1.*put back the log\.db/)
    await (await openEmbeddedStore({ folder, logEpoch })).close()
  })
})
