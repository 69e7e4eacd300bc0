#!/usr/bin/env node
import { readTreeConfig, treeVariables } from '@rookery/bridge'
import { openZooKeeperKafkaBridge } from '@rookery/bridge/zookeeper-kafka'
import { openZooKeeperCoordination } from '@rookery/coordination/zookeeper'
import { presenceElection } from '@rookery/domain'
import { ConfigError, configHelp, createLogger, logWriter, runService } from '@rookery/service-kit'
import { z } from 'zod'
import { Manager } from '../recipes/index.ts'
import { registryNames } from './registry-names.ts'

const election = 'manager'
const sessionMs = 6_000

if (process.argv.includes('--help')) {
  const purpose = 'The manager of a tree of workers that has no platform.'
  process.stdout.write(configHelp(purpose, z.object(treeVariables)))
} else {
  // Standard output is for the operator. It has a line each time that this manager begins or stops
  // to lead.
  const logger = createLogger('manager', { level: 'warn', destination: logWriter(process.stderr) })
  runService(
    'manager',
    async () => {
      const { zookeeper: connect, root, ...config } = readTreeConfig(process.env)
      const ownRoot = `${root === '/' ? '' : root}/_rookery`
      const coordination = await openZooKeeperCoordination({
        connect,
        root: ownRoot,
        sessionTimeoutMs: sessionMs,
      })
      if ((await coordination.leaderOf(presenceElection)) !== null) {
        await coordination.close()
        throw new ConfigError(
          'BRIDGE_ROOT',
          'names a tree that the presence service of a platform manages: do not start a manager for it',
        )
      }
      const bridge = await openZooKeeperKafkaBridge({ ...config, connect, root, sessionMs })
      const id = `manager-${process.pid}-${Date.now().toString(36)}`
      const standDown = await coordination.elect(election, id, async (signal) => {
        process.stdout.write(`${id} leads\n`)
        const stillLeads = async (): Promise<boolean> =>
          (await coordination.leaderOf(election)) === id
        const names = registryNames()
        await new Manager({ bridge, names, accounts: null, stillLeads, logger }).run(signal)
        process.stdout.write(`${id} leads no more\n`)
      })
      process.stdout.write(`${id} is ready\n`)
      return {
        close: async () => {
          await standDown()
          await bridge.close()
          await coordination.close()
        },
      }
    },
    logger,
  )
}
