// The platform under faults, judged by a checker: --only REGEX, --all, --users N, --every MS, --verbose.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/faults/main.js')
