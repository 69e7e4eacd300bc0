import { setUp } from './set-up.mjs'

setUp('worker')
await import('../worker/dist/main.js')
