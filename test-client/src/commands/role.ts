import { roleSchema } from '@rookery/protocol'
import { usernameOf } from '../labels.ts'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const role: Command = {
  name: 'role',
  usage: '<username> owner|admin|member',
  summary: 'change what somebody may do in this room',
  completes: ['user', 'text'],
  async run({ words: [person, wanted] }, session) {
    const parsed = roleSchema.safeParse(wanted)
    if (person === undefined || !parsed.success) fail(role)
    await session.client.setRole(session.currentRoom(), usernameOf(person), parsed.data)
  },
}
