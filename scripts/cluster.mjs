import { setUp } from './set-up.mjs'

setUp()
await import('../cluster/dist/main.js')
