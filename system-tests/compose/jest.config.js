import { unit } from '../../jest.preset.js'

// Run by `node scripts/test-compose.mjs`, which brings the containers up; not among the projects of
// `npm test`.
export default {
  ...unit,
  displayName: 'compose',
  testMatch: ['<rootDir>/*.test.ts'],
  testTimeout: 90_000,
}
