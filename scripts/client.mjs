import { setUp } from './set-up.mjs'

setUp()
await import('../test-client/dist/main.js')
