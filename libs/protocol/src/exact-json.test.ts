import { expect, it } from '@jest/globals'
import { inexactness } from './exact-json.ts'

it.each([
  '{"a":[1,-1,0.1,1.5e3,1e2,1.0,9007199254740991],"b":"1234567890123456789","c":null,"d":true}',
  '{"a":{"k":1},"b":{"k":2}}',
  '{"a":[1e21,6.02e23,9007199254740992,1.7976931348623157e308,5e-324,0.30000000000000004,0,-0.0,1.10]}',
  '\uFEFF{"a":[{},[],{"k":[{"k":{"k":1}}]}],"k":"{,}"}',
  '['.repeat(60_000) + ']'.repeat(60_000),
  '{"text":"\\"k\\":1,\\"k\\":12345678901234567890"}',
])('finds that %.80s comes back unchanged', (json) => {
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
  ['{"a":9007199254740993}', /64-bit float/],
  [`{"a":1${'0'.repeat(60_000)}1}`, /64-bit float/],
  ['{"a":0e99999999999,"b":1e99999999999}', /64-bit float/],
  ['{"a":1,"a":1}', /key twice/],
  ['{"a":[{"k":{}},{"k":{},"k":{}}]}', /key twice/],
])('finds that %.40s does not come back unchanged', (json, why) => {
  expect(inexactness(json)).toMatch(why)
})
