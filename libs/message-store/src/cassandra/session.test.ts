import { describe, expect, it } from '@jest/globals'
import { portOf } from './session.ts'

describe('the port of a cluster', () => {
  it.each([
    ['127.0.0.1:29042', 29_042],
    ['cassandra:9042', 9_042],
    ['[::1]:29042', 29_042],
    ['cassandra', 9_042],
    ['::1', 9_042],
  ])('the port of the contact point %s is %i', (contactPoint, port) => {
    expect(portOf(contactPoint)).toBe(port)
  })
})
