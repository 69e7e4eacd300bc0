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
 * The process of one service on the real engines:
 * 1. reads its settings, or prints them (`--help`),
 * 2. waits for the engines that the service needs (`open`), while `/ready` names the missing ones,
 * 3. starts the service (the function that `open` resolves with),
 * 4. stops it on SIGTERM.
 *
 * With `ops: true`, `/health`, `/ready` and `/metrics` stay on PORT while the service runs. Without
 * it, the service itself listens on PORT and serves them.
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
    // The environment may hold settings of other services, so an unknown name is not an error.
    const settings = readConfig(schema, environment, { prefixes: [] }) as unknown as ServiceStart<
      z.output<z.ZodObject<Variables>>
    >['settings']
    logger.level = settings.LOG_LEVEL
    const serverId = settings.SERVER_ID ?? `${service}-${randomBytes(6).toString('hex')}`
    const metrics = new Metrics(service).collectProcessMetrics()
    const onFatal = (error: Error): void => {
      logger.fatal(
        { err: error },
        'the log cannot continue in this process: exiting, to be restarted',
      )
      process.exit(1)
    }
    // No other process has this host and port, so the name is unique. With port 0 there is none.
    const instance = settings.PORT === 0 ? undefined : `${hostname()}:${settings.PORT}`
    const adapters = new Adapters({
      settings,
      clientId: serverId,
      instance,
      logger,
      signal,
      onFatal,
    })
    const address = { host: settings.HOST, port: settings.PORT }
    const opsServer = await serveOps(address, { readiness: adapters.readiness, metrics })
    try {
      const start = await open({ settings, adapters, serverId, logger, metrics })
      if (!ops) await opsServer.close()
      const running = await start()
      logger.info({ port: settings.PORT, serverId }, 'ready')
      return {
        close: async () => {
          // `/ready` fails from now on, so that load balancers send no more clients here.
          adapters.readiness.set('draining', () => false)
          await running.close()
          await adapters.close()
          if (ops) await opsServer.close()
        },
      }
    } catch (error) {
      await opsServer.close()
      await adapters.close()
      throw error
    }
  })
}
