import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Database, migrate, openDatabase } from '@rookery/sqlite'
import { channelRowReader } from './channel-row-reader.ts'
import { channelWriter } from './channel-writer.ts'
import { eventReader } from './event-reader.ts'
import { marks } from './marks.ts'
import { memberReader } from './member-reader.ts'
import { messageReader } from './message-reader.ts'
import { schema } from './schema.ts'
import { StoreFile } from './store-file.ts'

const ids = ['c1', 'c2']
const before = { epoch: 1, partition: 0, offset: 9 }
const session = { channelId: 'c', user: 'u', session: 's' }

/** Every read of the port. */
const reads: Record<string, (file: StoreFile) => Promise<unknown>> = {
  channel: (file) => channelRowReader(file).channel('c'),
  channels: (file) => channelRowReader(file).channels(ids),
  publicNames: (file) => channelRowReader(file).publicNames({ prefix: 'a', limit: 9 }),
  events: (file) => eventReader(file).events('c', { after: 1, limit: 9 }),
  sessionRow: (file) => eventReader(file).sessionRow(session, 1),
  newestMessages: (file) => messageReader(file).messages('c', { limit: 9 }),
  messagesAfter: (file) => messageReader(file).messages('c', { after: 1, limit: 9 }),
  message: (file) => messageReader(file).message('c', 1),
  lastMessages: (file) => messageReader(file).lastMessages(ids),
  member: (file) => memberReader(file).member('c', 'u'),
  members: (file) => memberReader(file).members('c', { limit: 9 }),
  memberCounts: (file) => memberReader(file).memberCounts(ids),
  channelsOf: (file) => memberReader(file).channelsOf('u', { limit: 9 }),
  marksOf: (file) => marks(file).marksOf('u'),
  mark: (file) => marks(file).mark('u', 'c'),
  cursor: (file) => marks(file).cursor({ channelId: 'c', username: 'u', name: 'n' }),
  progress: (file) => channelWriter(file).progress(1),
  hasRows: (file) => channelWriter(file).hasRows(1),
  channelBase: (file) => channelWriter(file).channelBase('c', before),
  sessionBase: (file) => channelWriter(file).sessionBase(session, before),
}

/** SQLite's methods work only on their own object, not on a proxy. */
function bound(target: Database, property: string | symbol): unknown {
  const value: unknown = Reflect.get(target, property, target)
  return typeof value === 'function' ? value.bind(target) : value
}

describe('every read of the embedded store', () => {
  let db: Database
  const prepared: string[] = []
  beforeEach(() => {
    prepared.length = 0
    db = openDatabase(':memory:')
    migrate(db, schema)
  })
  afterEach(() => db.close())

  it.each(Object.keys(reads))('the read %s uses an index and sorts nothing', async (name) => {
    const spied = new Proxy(db, {
      get: (target, property) =>
        property === 'prepare'
          ? (sql: string) => {
              prepared.push(sql)
              return target.prepare(sql)
            }
          : bound(target, property),
    })
    await reads[name]?.(new StoreFile(spied))
    expect(prepared).toHaveLength(1)
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${prepared[0] ?? ''}`).all() as { detail: string }[]
    const steps = plan.map((step) => step.detail)
    expect(steps.join('\n')).toMatch(/SEARCH .* USING/)
    // Only the list of ids that the caller gave is scanned.
    expect(steps.filter((step) => /^SCAN (?!(wanted|json_each)\b)|B-TREE/.test(step))).toEqual([])
  })
})
