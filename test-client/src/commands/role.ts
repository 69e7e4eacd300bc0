import { roleSchema } from '@rookery/protocol'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const role: Command = {
  name: 'role',
  usage: '<username> owner|admin|member',
  summary: 'change what somebody may do in this room',
  completes: ['user', 'text'],
  async run({ words: [username, wanted] }, session) {
    const parsed = roleSchema.safeParse(wanted)
    if (username === undefined || !parsed.success) fail(role)
    await session.client.setRole(session.currentRoom(), username, parsed.data)
  },
}
