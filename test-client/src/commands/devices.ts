import { fail } from './command.ts'
import type { Command } from './command.ts'

export const devices: Command = {
  name: 'devices',
  usage: '[end <id>]',
  summary: 'where you are logged in, or end one of these log-ins',
  completes: ['text'],
  async run({ words: [verb, id] }, session) {
    if (verb === undefined) {
      const { sessions } = await session.client.rest('listSessions')
      for (const one of sessions) {
        const { device, ...rest } = one
        session.report({ type: 'device', ...rest, ...(device !== undefined && { device }) })
      }
      return
    }
    if (verb !== 'end' || id === undefined) fail(devices)
    await session.client.rest('endSession', { params: { id } })
    session.report({ type: 'done', command: 'devices', text: `ended ${id}` })
  },
}
