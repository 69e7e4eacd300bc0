import { PortError } from './port-error.ts'

export type ServiceKitErrorCode = 'invalid_variable' | 'invalid_secret_file' | 'timeout'

/** The base of all errors of this lib. */
export class ServiceKitError extends PortError<ServiceKitErrorCode> {
  override readonly name: string = 'ServiceKitError'

  get retryable(): boolean {
    return this.code === 'timeout'
  }
}

/**
 * A wrong setting, which stops the start. The message is one line for the operator and names the
 * variable.
 */
export class ConfigError extends ServiceKitError {
  override readonly name = 'ConfigError'
  readonly variable: string

  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super('invalid_variable', `${variable}: ${problem}`, options)
    this.variable = variable
  }
}
