import { setUp } from './set-up.mjs'

setUp()
await import('../worker/dist/main.js')
