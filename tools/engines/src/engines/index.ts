import type { Engine, EngineName } from '../engine.ts'
import { cassandra } from './cassandra.ts'
import { kafka } from './kafka.ts'
import { mariadb } from './mariadb.ts'
import { redis } from './redis.ts'
import { zookeeper } from './zookeeper.ts'

export const engines: { readonly [Name in EngineName]: Engine<Name> } = {
  kafka,
  zookeeper,
  cassandra,
  redis,
  mariadb,
}
