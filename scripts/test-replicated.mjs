// The platform on three Kafka brokers and three Cassandra nodes, one of which at a time is killed under load: --nodes N, --users N, --verbose.
import { setUp } from './set-up.mjs'

setUp(
  'system-tests',
  'services/api',
  'services/chat-server',
  'services/dispatcher',
  'services/presence',
)
await import('../system-tests/dist/replicated/main.js')
