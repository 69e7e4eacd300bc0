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
 * The process of one service on the real engines: reads its settings, or prints them (`--help`),
 * opens what it asks for while `/ready` says what is missing, runs it, and stops it on SIGTERM.
 * `start` opens adapters and resolves once the service itself listens on PORT; one that serves
 * nothing itself says `ops: true` and gets an operations port.
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
    /** Opens what the service needs, and resolves with how to start it. */
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
    // Settings of other services may stand in the same environment, so a name that is not known
    // here is no fault.
    const settings = readConfig(schema, environment, { prefixes: [] }) as unknown as ServiceStart<
      z.output<z.ZodObject<Variables>>
    >['settings']
    logger.level = settings.LOG_LEVEL
    const serverId = settings.SERVER_ID ?? `${service}-${randomBytes(6).toString('hex')}`
    const metrics = new Metrics(service).collectProcessMetrics()
    const onFatal = (error: Error): void => {
      logger.fatal(
        { err: error },
        'the log cannot go on in this process: it ends, to be started again',
      )
      process.exit(1)
    }
    // Nobody else listens there, now or in another life.
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
          // Whoever balances by `/ready` sends nobody here any more.
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
