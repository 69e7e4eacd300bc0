import { createLogger, logWriter, runService } from '@rookery/service-kit'
import { readStandaloneConfig, standaloneHelp } from './config.ts'
import { startStandalone } from './standalone.ts'

if (process.argv.includes('--help')) process.stdout.write(standaloneHelp())
else {
  // Standard output has one line, for the operator, once the platform is ready. The services log to
  // standard error.
  const logger = createLogger('rookery', { level: 'warn', destination: logWriter(process.stderr) })
  runService(
    'rookery',
    async () => {
      const config = readStandaloneConfig(process.env)
      logger.level = config.logLevel
      const rookery = await startStandalone(config, logger)
      process.stdout.write(`Rookery is ready at ${rookery.url}\n`)
      return rookery
    },
    logger,
  )
}
