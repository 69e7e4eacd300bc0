import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine.ts'
import { converse } from '../exchange.ts'
import { jvm } from './jvm.ts'
import { properties } from './properties.ts'

export const zookeeper: Engine<'zookeeper'> = {
  name: 'zookeeper',
  portCount: 1,
  command: async ({ folder, ports: [port], shortLived }) => {
    const settings = {
      // The shortest session is two ticks, and tests wait for the end of sessions.
      tickTime: 500,
      minSessionTimeout: 1000,
      dataDir: join(folder, 'data'),
      clientPort: port,
      clientPortAddress: '127.0.0.1',
      'admin.enableServer': false,
      '4lw.commands.whitelist': 'srvr,ruok,mntr,cons',
      maxClientCnxns: 0,
    }
    const file = join(folder, 'zoo.cfg')
    await writeFile(file, properties(settings))
    const flags = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
    return [
      ...jvm('zookeeper', shortLived, { heapMb: 96, youngMb: 16, flags }),
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      file,
    ]
  },
  probe: ({ ports: [port = 0] }) =>
    converse(port, async (peer) => {
      peer.send('srvr')
      // Before it serves, it says so and hangs up.
      await peer.receive((bytes) => bytes.includes('Mode:'))
    }),
  variables: ({ ports: [port] }) => ({ ZOOKEEPER_CONNECT: `127.0.0.1:${port}` }),
}
