import type { Engine } from '../engine.ts'
import { converse } from '../exchange.ts'
import { installed } from '../programs.ts'

/** Without persistence, because the platform keeps only soft state there. */
export const redis: Engine<'redis'> = {
  name: 'redis',
  portCount: 1,
  command: async ({ folder, ports: [port] }) => [
    installed('redis-server'),
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--appendonly',
    'no',
    '--save',
    '',
    '--dir',
    folder,
  ],
  probe: ({ ports: [port = 0] }) =>
    converse(port, async (peer) => {
      peer.send('PING\r\n')
      const answer = await peer.receive((bytes) => bytes.includes('\r\n'))
      if (!answer.toString().startsWith('+PONG')) throw new Error(answer.toString())
    }),
  variables: ({ ports: [port] }) => ({ REDIS_URL: `redis://127.0.0.1:${port}` }),
}
