// What the platform does at its limits, on a cluster of its own: --only REGEX, --sockets N, --verbose.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/limits/main.js')
