import { describe, expect, it } from '@jest/globals'
import { errors, types } from 'cassandra-driver'
import { unreached } from './unreached.ts'

const { badCredentials, unauthorized, overloaded } = types.responseErrorCodes
const noHost = (error: Error): Error => new errors.NoHostAvailableError({ '127.0.0.1:9042': error })

describe('the error for a cluster that cannot be used', () => {
  it.each([
    ['the password is refused', new errors.AuthenticationError('no'), 'denied'],
    ['every node refuses the password', noHost(new errors.AuthenticationError('no')), 'denied'],
    ['a node refuses by a code', noHost(new errors.ResponseError(badCredentials, 'no')), 'denied'],
    ['rights are missing', new errors.ResponseError(unauthorized, 'no'), 'denied'],
    ['no node is in the data centre', noHost(new errors.ArgumentError('only dc1')), 'mismatch'],
    ['a node is overloaded', new errors.ResponseError(overloaded, 'later'), 'unavailable'],
    ['nobody listens', noHost(new Error('ECONNREFUSED')), 'unavailable'],
  ])('tells by its code whether to retry when %s', (_why, cause, code) => {
    expect(unreached(cause)).toMatchObject({ code, retryable: code === 'unavailable', cause })
  })
})
