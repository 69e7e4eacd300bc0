import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Place } from '../engine.ts'
import { converse, type Dialogue } from '../exchange.ts'
import { jarFolder } from '../prepare/jars.ts'
import { jvm } from './jvm.ts'

const localDatacenter = 'datacenter1'

/** A node, alone or one of several. */
export const cassandra: Engine<'cassandra'> = {
  name: 'cassandra',
  portCount: 2,
  command: async (place) => {
    const { folder, shortLived, nodes } = place
    const conf = join(folder, 'conf')
    await mkdir(conf, { recursive: true })
    await writeFile(join(conf, 'cassandra.yaml'), yaml(place))
    await writeFile(join(conf, 'logback.xml'), logback)
    return [
      ...jvm('cassandra', shortLived, {
        heapMb: 512,
        youngMb: 64,
        flags: [
          '-Xss512k',
          `-javaagent:${join(jarFolder('cassandra'), 'jamm-0.4.0.jar')}`,
          ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
          ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
          '-Djdk.attach.allowAttachSelf=true',
          '-Dcassandra-foreground=yes',
          `-Dcassandra.config=file://${join(conf, 'cassandra.yaml')}`,
          `-Dlogback.configurationFile=${join(conf, 'logback.xml')}`,
          `-Dcassandra.storagedir=${folder}`,
          // A single node need not wait. Several nodes learn of each other within a few rounds of
          // gossip.
          '-Dcassandra.skip_wait_for_gossip_to_settle=0',
          `-Dcassandra.ring_delay_ms=${nodes === undefined ? 1 : 5_000}`,
          '-Dcassandra.consistent.rangemovement=false',
          '-Dcassandra.superuser_setup_delay_ms=0',
        ],
        classPath: [conf],
      }),
      'org.apache.cassandra.service.CassandraDaemon',
    ]
  },
  probe: ({ ports: [port = 0], nodes }) =>
    converse(
      port,
      async (peer) => {
        const started = await ask(peer, opcodes.startup, stringMap({ CQL_VERSION: '3.0.0' }))
        if (started !== opcodes.ready) throw new Error('the node does not let us in')
        const result = await ask(peer, opcodes.query, query('SELECT key FROM system.local'))
        if (result !== opcodes.result) throw new Error('the node answers no query')
      },
      hostOf(nodes),
    ),
  variables: ({ ports: [port] }) => ({
    CASSANDRA_CONTACT_POINTS: `127.0.0.1:${port}`,
    CASSANDRA_LOCAL_DATACENTER: localDatacenter,
    CASSANDRA_KEYSPACE: 'rookery',
  }),
}

// A killed single node loses acknowledged writes unless the commit log is synced first (`group` or
// `batch`). `batch` begins a sync at once, and writes that come meanwhile share the next one.
// `group` waits 2 ms first and saves nothing, measured at 200 and at 2,000 messages a second.
const yaml = ({ folder, ports, nodes }: Place): string => `cluster_name: rookery
num_tokens: 1
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
commitlog_sync: batch
commitlog_segment_size: 8MiB
data_file_directories: [${folder}/data]
commitlog_directory: ${folder}/commitlog
saved_caches_directory: ${folder}/saved
hints_directory: ${folder}/hints
cdc_raw_directory: ${folder}/cdc
listen_address: ${hostOf(nodes)}
rpc_address: ${hostOf(nodes)}
native_transport_port: ${ports[0]}
storage_port: ${ports[1]}
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{ seeds: '127.0.0.1:${ports[1]}' }]
concurrent_reads: 8
concurrent_writes: 16
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
auto_snapshot: false
`

const hostOf = (nodes: Place['nodes']): string => nodes?.all[nodes.own]?.host ?? '127.0.0.1'

const logback = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
`

// The options that its own start script gives to Java 17.
const exported = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.util',
  'java.base/java.lang.ref',
  'java.base/sun.nio.ch',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
]
const opened = [
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'java.rmi/sun.rmi.transport.tcp',
  'jdk.management/com.sun.management.internal',
]

// CQL binary protocol, version 4: 9 bytes of header (version, flags, stream ×2, opcode, length ×4),
// then the body. https://github.com/apache/cassandra/blob/cassandra-5.0/doc/native_protocol_v4.spec
const opcodes = { startup: 1, ready: 2, query: 7, result: 8 }

async function ask(peer: Dialogue, opcode: number, body: Buffer): Promise<number | undefined> {
  const header = Buffer.from([4, 0, 0, 0, opcode, 0, 0, 0, 0])
  header.writeInt32BE(body.length, 5)
  peer.send(Buffer.concat([header, body]))
  const answer = await peer.receive(
    (bytes) => bytes.length >= 9 && bytes.length >= 9 + bytes.readInt32BE(5),
  )
  return answer[4]
}

function stringMap(entries: Record<string, string>): Buffer {
  const pairs = Object.entries(entries)
  return Buffer.concat([short(pairs.length), ...pairs.flat().map(string)])
}

function query(cql: string): Buffer {
  const text = Buffer.from(cql)
  const length = Buffer.alloc(4)
  length.writeInt32BE(text.length)
  const consistencyOne = short(1)
  return Buffer.concat([length, text, consistencyOne, Buffer.from([0])])
}

function string(text: string): Buffer {
  return Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)])
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
