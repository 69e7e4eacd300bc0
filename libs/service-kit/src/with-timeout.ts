import { ServiceKitError } from './errors.ts'

/**
 * The promise's outcome, or a rejection after `ms` that names `what`. The work itself continues;
 * give it an AbortSignal if it takes one.
 *
 * @throws ServiceKitError `timeout`
 */
export function withTimeout<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ServiceKitError('timeout', `${what} took longer than ${ms} ms`))
    }, ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
