import { setUp } from './set-up.mjs'

setUp()
await import('../benchmarks/dist/main.js')
