import { jest } from '@jest/globals'
import { sharedEngines } from '@rookery/engines'
import { describeMessageStore } from '../testing/index.ts'
import { openCassandraStore } from './cassandra-store.ts'
import { cassandraOptions } from './testing/cassandra-options.ts'

jest.setTimeout(60_000)

// Small buckets, so that rows span several of them.
const options = { ...cassandraOptions(await sharedEngines(['cassandra'])), bucketSize: 4 }

describeMessageStore('Cassandra', async () => {
  let store = await openCassandraStore(options)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openCassandraStore(options)
      return store
    },
    dispose: () => store.close(),
  }
})
