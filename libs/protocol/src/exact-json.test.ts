import { expect, it } from '@jest/globals'
import { inexactness } from './exact-json.ts'

it.each([
  '{"a":[1,-1,0.1,1.5e3,1e2,1.0,9007199254740991],"b":"1234567890123456789","c":null,"d":true}',
  '{"a":{"k":1},"b":{"k":2}}',
  '{"text":"\\"k\\":1,\\"k\\":12345678901234567890"}',
])('finds that %s comes back as it was', (json) => {
  expect(inexactness(json)).toBeNull()
})

it.each([
  ['{"a":1234567890123456789}', /64-bit float/],
  ['{"a":[{"b":-9007199254740993}]}', /64-bit float/],
  ['{"a":0.12345678901234567890}', /64-bit float/],
  ['{"a":1e400}', /64-bit float/],
  ['{"a":1e-400}', /64-bit float/],
  ['{"a":1,"a":2}', /key twice/],
  ['{"m":{"k":1,"\\u006b":2}}', /key twice/],
  ['['.repeat(60_000) + ']'.repeat(60_000), /deep/],
])('finds that %.40s does not', (json, why) => {
  expect(inexactness(json)).toMatch(why)
})
