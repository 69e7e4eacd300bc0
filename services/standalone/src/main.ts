import { createLogger, logWriter, runService } from '@rookery/service-kit'
import { readStandaloneConfig, standaloneHelp } from './config.ts'
import { startStandalone } from './standalone.ts'

if (process.argv.includes('--help')) process.stdout.write(standaloneHelp())
else {
  // Standard output is the operator's: one line when it is ready. What services have to say goes to
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
