import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Engine, Place } from '../engine.ts'
import { converse } from '../exchange.ts'
import { jvm } from './jvm.ts'
import { properties } from './properties.ts'

const run = promisify(execFile)
const clusterId = 'cm9va2VyeS1lbmdpbmVzMQ'

/** A process that is broker and controller (KRaft), alone or one of several. */
export const kafka: Engine<'kafka'> = {
  name: 'kafka',
  portCount: 2,
  command: async (place) => {
    const { folder, shortLived } = place
    const logs = join(folder, 'data')
    const settings = join(folder, 'server.properties')
    await writeFile(settings, properties(serverProperties(logs, place)))
    const flags = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
    const java = jvm('kafka', shortLived, { heapMb: 384, youngMb: 48, flags })
    if (!existsSync(join(logs, 'meta.properties'))) {
      const [program = '', ...rest] = jvm('kafka', true, { heapMb: 64, youngMb: 16, flags })
      const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings]
      await run(program, [...rest, ...format])
    }
    return [...java, 'kafka.Kafka', settings]
  },
  probe: ({ ports: [port = 0] }) =>
    converse(port, async (peer) => {
      peer.send(metadataRequest)
      const answer = await peer.receive(
        (bytes) => bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0),
      )
      // After the size and the correlation id comes the number of reachable brokers.
      if (answer.readInt32BE(8) < 1) throw new Error('no broker is registered yet')
    }),
  variables: ({ ports: [port] }) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` }),
}

function serverProperties(logs: string, { ports, nodes }: Place): Record<string, unknown> {
  const [port, controllerPort] = ports
  const voters = nodes?.all ?? [{ ports }]
  const copies = Math.min(voters.length, 3)
  return {
    'process.roles': 'broker,controller',
    'node.id': (nodes?.own ?? 0) + 1,
    'controller.quorum.voters': voters
      .map((voter, i) => `${i + 1}@127.0.0.1:${voter.ports[1]}`)
      .join(','),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logs,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker may come back only after its last session has ended (9 s by default).
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    // A fetch of hundreds of empty inboxes is kept in memory under each of them, up to this number:
    // 1,000 take 200 MB.
    'fetch.purgatory.purge.interval.requests': 10,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // The default of 128 MiB does not fit a small heap.
    'log.cleaner.dedupe.buffer.size': 4194304,
    'log.segment.bytes': 16777216,
    'log.index.size.max.bytes': 1048576,
    'log.segment.delete.delay.ms': 1000,
  }
}

// Metadata, version 1, of no topic: https://kafka.apache.org/protocol#The_Messages_Metadata
const metadataRequest = ((): Buffer => {
  const clientId = Buffer.from('probe')
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4)
  let at = request.writeInt32BE(request.length - 4, 0)
  at = request.writeInt16BE(3, at)
  at = request.writeInt16BE(1, at)
  at = request.writeInt32BE(1, at)
  at = request.writeInt16BE(clientId.length, at)
  at += clientId.copy(request, at)
  request.writeInt32BE(0, at)
  return request
})()
