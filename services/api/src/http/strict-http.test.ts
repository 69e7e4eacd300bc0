import { describe, expect, it } from '@jest/globals'
import { originForm } from './strict-http.ts'

describe('the path of a target', () => {
  it.each([
    ['/health?a=b', '/health?a=b'],
    ['http://a/health?a=b', '/health?a=b'],
    ['HTTPS://a:1/x', '/x'],
    ['http://a', '/'],
    ['http://a?x=/y', '/?x=/y'],
    ['//a/x', '//a/x'],
    ['*', '*'],
  ])('%s is %s', (url, path) => {
    expect(originForm({ url })).toBe(path)
  })
})
