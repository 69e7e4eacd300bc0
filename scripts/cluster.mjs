import { setUp } from './set-up.mjs'

setUp('cluster', 'services/api', 'services/chat-server', 'services/dispatcher', 'services/presence')
await import('../cluster/dist/main.js')
