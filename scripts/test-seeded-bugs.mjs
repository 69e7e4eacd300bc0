// Dispatchers that each take a forbidden shortcut, on real engines: the checker must catch every one. --only REGEX, --verbose.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/faults/seeded/main.js')
