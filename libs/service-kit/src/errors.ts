import { PortError } from './port-error.ts'

export type ServiceKitErrorCode = 'invalid_variable' | 'invalid_secret_file' | 'timeout'

/** Every error that this lib raises. */
export class ServiceKitError extends PortError<ServiceKitErrorCode> {
  override readonly name: string = 'ServiceKitError'

  get retryable(): boolean {
    return this.code === 'timeout'
  }
}

/**
 * A setting that stops the start. The message is one line for the operator and names the variable.
 */
export class ConfigError extends ServiceKitError {
  override readonly name = 'ConfigError'
  readonly variable: string

  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super('invalid_variable', `${variable}: ${problem}`, options)
    this.variable = variable
  }
}
