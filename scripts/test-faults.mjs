// The platform under faults, judged by a checker: --only REGEX, --users N, --every MS, --verbose.
import { setUp } from './set-up.mjs'

setUp()
await import('../system-tests/dist/faults/main.js')
