import { setUp } from './set-up.mjs'

setUp()
await import('../services/standalone/dist/main.js')
