import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Engine } from '../engine.ts'
import { converse } from '../exchange.ts'
import { installed } from '../programs.ts'
import { privateFiles } from '../supervised-process.ts'

const run = promisify(execFile)
const database = 'rookery'

/** Its one account is `root` without a password, on loopback only. */
export const mariadb: Engine<'mariadb'> = {
  name: 'mariadb',
  portCount: 1,
  command: async ({ folder, ports: [port] }) => {
    const data = join(folder, 'data')
    const init = join(folder, 'init.sql')
    await writeFile(init, `CREATE DATABASE IF NOT EXISTS ${database};\n`)
    // It refuses to run as root unless told to.
    const user = `--user=${userInfo().username}`
    if (!existsSync(join(data, 'mysql'))) {
      await run('sh', [
        '-c',
        `${privateFiles}; exec "$@"`,
        'sh',
        installed('mariadb-install-db'),
        '--no-defaults',
        user,
        `--datadir=${data}`,
        '--skip-test-db',
        '--auth-root-authentication-method=normal',
      ])
    }
    return [
      installed('mariadbd'),
      '--no-defaults',
      user,
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      // Relative to the data folder, because a socket's whole path may have only 107 bytes.
      '--socket=s.sock',
      '--pid-file=mariadbd.pid',
      `--init-file=${init}`,
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=16M',
      '--max-connections=500',
    ]
  },
  probe: ({ ports: [port = 0] }) =>
    converse(port, async (peer) => {
      const greeting = await peer.receive(isWholePacket)
      if (greeting[4] !== handshakeV10) throw new Error(greeting.subarray(7).toString())
      peer.send(logInAsRoot)
      const answer = await peer.receive(isWholePacket)
      if (answer[4] !== 0) throw new Error(answer.subarray(7).toString())
    }),
  variables: ({ ports: [port] }) => ({ MYSQL_URL: `mysql://root@127.0.0.1:${port}/${database}` }),
}

const handshakeV10 = 10

/** A packet has 3 bytes of length, 1 of sequence, and then its payload. */
function isWholePacket(bytes: Buffer): boolean {
  return bytes.length >= 5 && bytes.length >= 4 + bytes.readUIntLE(0, 3)
}

// HandshakeResponse41: https://mariadb.com/kb/en/connection/#client-handshake-response
const logInAsRoot = ((): Buffer => {
  const protocol41 = 0x0200
  const secureConnection = 0x8000
  const pluginAuth = 0x80000
  const fixed = Buffer.alloc(32)
  fixed.writeUInt32LE(protocol41 | secureConnection | pluginAuth, 0)
  fixed.writeUInt32LE(1024 * 1024, 4)
  fixed.writeUInt8(45, 8)
  const payload = Buffer.concat([fixed, Buffer.from('root\0\0mysql_native_password\0')])
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(1, 3)
  return Buffer.concat([header, payload])
})()
