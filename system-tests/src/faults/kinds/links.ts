import type { ServiceKind } from '@rookery/cluster'
import { type Direction, type EngineName, KafkaLink, Link } from '@rookery/engines'
import type { Fault } from '../fault.ts'
import { setting, victimOf } from './victim.ts'

const cutMs = 20_000

/** The setting that names an engine's address, and functions that read and replace the address. */
const places: Record<
  EngineName,
  { variable: string; at: (value: string) => string; to: (at: string, value: string) => string }
> = {
  kafka: plain('KAFKA_BROKERS'),
  zookeeper: plain('ZOOKEEPER_CONNECT'),
  cassandra: plain('CASSANDRA_CONTACT_POINTS'),
  redis: url('REDIS_URL'),
  mariadb: url('MYSQL_URL'),
}

/**
 * The link between one service and one engine is silent, in one direction or in both. All other
 * links work.
 */
export function cutOff(
  kind: ServiceKind,
  engine: EngineName,
  {
    direction = 'both',
    boundMs,
    measuredFrom,
  }: { direction?: Direction } & Pick<Fault, 'boundMs' | 'measuredFrom'>,
): Fault {
  const ways = { both: 'cut off from', to: 'unheard by', from: 'deaf to' }
  return {
    name: `${kind} ${ways[direction]} ${engine} for ${cutMs / 1000} s`,
    boundMs,
    measuredFrom,
    holdMs: cutMs,
    apply: async (world) => {
      const { variable, at, to } = places[engine]
      const value = setting(world.cluster, variable)
      const link = engine === 'kafka' ? new KafkaLink(at(value)) : new Link(at(value))
      const { restore } = await victimOf(world, kind, { [variable]: to(await link.open(), value) })
      link.silence(direction)
      return async () => {
        link.restore()
        await restore()
        link.close()
      }
    },
  }
}

/** Kafka stores the records of a chat server, but its answers are lost. */
export function produceAnswersLost(): Fault {
  const everyMs = 1_000
  return {
    name: 'produce answers dropped, one a second',
    boundMs: 10_000,
    measuredFrom: 'heal',
    holdMs: cutMs,
    apply: async (world) => {
      const value = setting(world.cluster, 'KAFKA_BROKERS')
      const link = new KafkaLink(value)
      const env = { KAFKA_BROKERS: await link.open() }
      const { restore } = await victimOf(world, 'chat-server', env)
      const timer = setInterval(() => link.swallowProduced(1), everyMs)
      return async () => {
        clearInterval(timer)
        link.swallowProduced(0)
        const { swallowed } = link
        await restore()
        link.close()
        if (swallowed === 0) throw new Error('no produce answer was dropped, because none came')
      }
    },
  }
}

function plain(variable: string): (typeof places)['kafka'] {
  return { variable, at: (value) => value.split(',')[0] ?? '', to: (at) => at }
}

function url(variable: string): (typeof places)['kafka'] {
  return {
    variable,
    at: (value) => new URL(value).host,
    to: (at, value) => {
      const changed = new URL(value)
      changed.host = at
      return changed.toString()
    },
  }
}
