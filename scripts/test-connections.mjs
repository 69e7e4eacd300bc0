// How many connections each engine has before and after rolling restarts of all services: --restarts N. Linux.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/connections/main.js')
