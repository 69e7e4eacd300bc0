import { setUp } from './set-up.mjs'

setUp('services/standalone')
await import('../services/standalone/dist/main.js')
