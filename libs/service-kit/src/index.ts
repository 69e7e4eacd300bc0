export { boundPipelining } from './bound-pipelining.ts'
export { configHelp, type Variable, variablesOf } from './config-variables.ts'
export { envAdvertisedHost, envAdvertisedUrl, isWildcardHost } from './advertised-types.ts'
export {
  envBoolean,
  envDurationMs,
  envHost,
  envKey,
  envInteger,
  envList,
  envLogLevel,
  envNetworks,
  envOrigins,
  envPort,
  envRate,
  type LogLevel,
} from './config-types.ts'
export { type Environment, readConfig, type ReadConfigOptions } from './config.ts'
export { ConfigError, ServiceKitError, type ServiceKitErrorCode } from './errors.ts'
export { isDecodable } from './is-decodable.ts'
export { logWriter, type Output } from './log-writer.ts'
export { listen, listenBacklog } from './listen.ts'
export { Limiter, type LimiterOptions } from './limiter.ts'
export { createLogger, type Logger, loggerOf, type LoggerOptions } from './logger.ts'
export { Metrics } from './metrics.ts'
export { type OpsHandler, opsRoutes, type OpsRoutesOptions } from './ops-routes.ts'
export { isRetryable, PortError } from './port-error.ts'
export { checkReadiness, type Readiness, type ReadinessReport } from './readiness.ts'
export { Reconciler, type ReconcilerOptions } from './reconciler.ts'
export { runService, type Running, type ServiceContext } from './run-service.ts'
export { secretFile } from './secret-file.ts'
export { steadyNow } from './steady-now.ts'
export { onStopSignals, type StopSignals } from './stop-signals.ts'
export { type Sweep, Sweeper } from './sweeper.ts'
export { type ProxiedRequest, TrustedProxies } from './trusted-proxies.ts'
export { withTimeout } from './with-timeout.ts'
