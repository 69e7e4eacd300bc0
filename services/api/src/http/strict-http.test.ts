import { describe, expect, it } from '@jest/globals'
import { originForm } from './strict-http.ts'

describe('originForm', () => {
  it.each([
    ['/health?a=b', '/health?a=b'],
    ['http://a/health?a=b', '/health?a=b'],
    ['HTTPS://a:1/x', '/x'],
    ['http://a', '/'],
    ['http://a?x=/y', '/?x=/y'],
    ['//a/x', '//a/x'],
    ['*', '*'],
  ])('takes from the target %s the path %s', (url, path) => {
    expect(originForm({ url })).toBe(path)
  })
})
