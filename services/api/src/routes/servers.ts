import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'

export function addServers(context: ApiContext): void {
  addRoute(context, 'servers', async ({ secure }) => ({ chat: context.chatServers.pick(secure) }))
}
