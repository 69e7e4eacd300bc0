import { errors, types } from 'cassandra-driver'
import { StoreError } from '../message-store.ts'

/**
 * Turns an error of the driver into the reason why the cluster cannot be used now. The driver's
 * error holds the answer of each node.
 */
export function unreached(cause: unknown): StoreError {
  const { innerErrors = {} } = cause as { innerErrors?: Readonly<Record<string, unknown>> }
  const causes = [cause, ...Object.values(innerErrors)]
  if (causes.some(isRefusal)) {
    const message =
      'Cassandra refuses the log-in or the access: check the name, password and rights'
    return new StoreError('denied', message, { cause })
  }
  // With this error the driver says that no node is in the given data centre.
  const wrongCentre = causes.find((each) => each instanceof errors.ArgumentError)
  if (wrongCentre !== undefined) return new StoreError('mismatch', wrongCentre.message, { cause })
  return new StoreError('unavailable', 'the message store cannot be reached', { cause })
}

function isRefusal(error: unknown): boolean {
  const { unauthorized, badCredentials } = types.responseErrorCodes
  if (error instanceof errors.ResponseError)
    return error.code === unauthorized || error.code === badCredentials
  return error instanceof errors.AuthenticationError
}
