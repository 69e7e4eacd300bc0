import { setUp } from './set-up.mjs'

setUp('test-client')
await import('../test-client/dist/main.js')
