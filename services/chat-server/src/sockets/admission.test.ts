import { describe, expect, it } from '@jest/globals'
import { Admission } from './admission.ts'

const admissionOf = (unauthenticated: number, points = 100): Admission =>
  new Admission({
    maxUnauthenticatedPerAddress: unauthenticated,
    handshakesPerAddress: { points, windowMs: 10_000 },
  })

describe('the admission of sockets', () => {
  it('bounds the unauthenticated sockets of one address', () => {
    const admission = admissionOf(2)
    const [first] = [admission.admit('192.0.2.1', 0), admission.admit('192.0.2.1', 0)]
    expect(admission.admit('192.0.2.1', 0)).toEqual({ ok: false, retryAfterMs: 1_000 })
    expect(admission.admit('192.0.2.2', 0).ok).toBe(true)
    if (first?.ok === true) {
      first.known()
      first.known()
    }
    expect(admission.admit('192.0.2.1', 0).ok).toBe(true)
    expect(admission.admit('192.0.2.1', 0).ok).toBe(false)
  })

  it('bounds how many sockets one address opens in a time, authenticated or not', () => {
    const admission = admissionOf(100, 2)
    for (const at of [0, 0]) {
      const admitted = admission.admit('192.0.2.1', at)
      if (admitted.ok) admitted.known()
    }
    expect(admission.admit('192.0.2.1', 0)).toEqual({ ok: false, retryAfterMs: 5_000 })
    expect(admission.admit('192.0.2.1', 5_000).ok).toBe(true)
  })

  it('counts the addresses of one IPv6 network together', () => {
    const admission = admissionOf(1)
    expect(admission.admit('2001:db8::1', 0).ok).toBe(true)
    expect(admission.admit('2001:db8::2', 0).ok).toBe(false)
    expect(admission.admit('::ffff:192.0.2.1', 0).ok).toBe(true)
    expect(admission.admit('192.0.2.1', 0).ok).toBe(false)
  })

  it('bounds the silent connections of one address, until one of them speaks or ends', () => {
    const admission = admissionOf(2)
    const [first] = [admission.connect('192.0.2.1', 0), admission.connect('192.0.2.1', 0)]
    expect(admission.connect('192.0.2.1', 0)).toBeNull()
    expect(admission.connect('192.0.2.2', 0)).not.toBeNull()
    first?.()
    first?.()
    expect(admission.connect('192.0.2.1', 0)).not.toBeNull()
    expect(admission.connect('192.0.2.1', 0)).toBeNull()
  })

  it('forgets networks whose allowance is full again, and no others', () => {
    const admission = admissionOf(5)
    admission.admit('192.0.2.1', 0)
    const second = admission.admit('192.0.2.2', 0)
    if (second.ok) second.known()
    admission.sweep(10_000)
    expect(admission.size).toBe(2)
    admission.sweep(10_001)
    expect(admission.size).toBe(1)
  })
})
