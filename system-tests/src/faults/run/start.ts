import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster, type Cluster, type ClusterOptions } from '@rookery/cluster'

const many = '100000'

/**
 * Starts a cluster for faults: two of each service on real engines, with limits that no fault test
 * reaches.
 */
export async function startVictim(
  verbose: boolean,
  counts: Partial<Pick<ClusterOptions, 'apis' | 'dispatchers' | 'presence'>> = {},
  /** More settings of the services, and the addresses of engines that run already. */
  env: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-faults-'))
  const cluster = await startCluster({
    folder,
    apis: 2,
    chatServers: 2,
    dispatchers: 2,
    presence: 2,
    ...counts,
    apiPort: 0,
    chatPort: 0,
    env: {
      PATH: process.env['PATH'],
      PASSWORD_HASH_MEMORY_KIB: '19456',
      PASSWORD_HASH_PASSES: '2',
      RATE_LIMIT_REGISTER: '100000/1m',
      RATE_LIMIT_LOGIN: '100000/1m',
      RATE_LIMIT_LOGIN_ADDRESS: '100000/1m',
      RATE_LIMIT_REQUESTS: '100000/1s',
      RATE_LIMIT_MESSAGES_PER_SECOND: many,
      RATE_LIMIT_MESSAGE_BURST: many,
      RATE_LIMIT_SOCKET_REQUESTS_PER_SECOND: many,
      RATE_LIMIT_SOCKET_REQUEST_BURST: many,
      KAFKA_PARTITIONS: '12',
      HEARTBEAT_INTERVAL: '2s',
      LOG_LEVEL: verbose ? 'warn' : 'fatal',
      ...env,
    },
    onLine: (name, line) => {
      if (verbose || name === 'engines') process.stdout.write(`${name.padEnd(14)} ${line}\n`)
    },
  })
  const stop = async (): Promise<void> => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...cluster, stop }
}
