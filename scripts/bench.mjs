import { setUp } from './set-up.mjs'

setUp('benchmarks', 'services/standalone')
await import('../benchmarks/dist/main.js')
