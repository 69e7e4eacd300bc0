import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import {
  configHelp,
  type Environment,
  type Logger,
  Metrics,
  readConfig,
  runService,
  type Running,
} from '@rookery/service-kit'
import { z } from 'zod'
import { Adapters } from './adapters.ts'
import {
  engineVariables,
  processVariables,
  type EngineSettings,
  type ProcessSettings,
} from './settings.ts'
import { serveOps } from './waiting-room.ts'

export interface ServiceStart<Settings> {
  settings: Settings & EngineSettings & ProcessSettings
  adapters: Adapters
  serverId: string
  logger: Logger
  metrics: Metrics
}

/**
 * The process of one service on the real engines. It reads its settings, or prints them (`--help`);
 * opens the engines that the service needs, while `/ready` names the missing ones; runs the
 * service; and stops it on SIGTERM. `start` opens adapters and resolves when the service listens on
 * PORT. A service that serves no requests says `ops: true` and gets an operations port.
 */
export function runEngineService<Variables extends z.ZodRawShape>(
  service: string,
  variables: Variables,
  environment: Environment,
  {
    ops,
    open,
  }: {
    ops: boolean
    /** Opens the engines that the service needs. Resolves with the function that starts it. */
    open: (
      context: ServiceStart<z.output<z.ZodObject<Variables>>>,
    ) => Promise<() => Promise<Running>>
  },
): void {
  const schema = z.object({ ...processVariables, ...engineVariables, ...variables })
  if (process.argv.includes('--help')) {
    process.stdout.write(configHelp(`Rookery ${service}`, schema))
    return
  }
  runService(service, async ({ logger, signal }) => {
    // Settings of other services may be in the same environment, so an unknown name is no error.
    const settings = readConfig(schema, environment, { prefixes: [] }) as unknown as ServiceStart<
      z.output<z.ZodObject<Variables>>
    >['settings']
    logger.level = settings.LOG_LEVEL
    const serverId = settings.SERVER_ID ?? `${service}-${randomBytes(6).toString('hex')}`
    const metrics = new Metrics(service).collectProcessMetrics()
    const onFatal = (error: Error): void => {
      logger.fatal(
        { err: error },
        'the log cannot continue in this process, which ends and should be restarted',
      )
      process.exit(1)
    }
    // No other process subscribes under this name, now or later.
    const instance = settings.PORT === 0 ? undefined : `${hostname()}:${settings.PORT}`
    const adapters = new Adapters({
      settings,
      clientId: serverId,
      instance,
      logger,
      signal,
      onFatal,
    })
    const where = { host: settings.HOST, port: settings.PORT }
    const waiting = await serveOps(where, { readiness: adapters.readiness, metrics })
    try {
      const start = await open({ settings, adapters, serverId, logger, metrics })
      if (!ops) await waiting.close()
      const running = await start()
      logger.info({ port: settings.PORT, serverId }, 'ready')
      return {
        close: async () => {
          // Load balancers that follow `/ready` send no more clients here.
          adapters.readiness.set('draining', () => false)
          await running.close()
          await adapters.close()
          if (ops) await waiting.close()
        },
      }
    } catch (error) {
      await waiting.close()
      await adapters.close()
      throw error
    }
  })
}
