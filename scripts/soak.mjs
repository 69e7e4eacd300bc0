// Random faults on a cluster under load, repeatable from their seed: --help.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/faults/soak.js')
