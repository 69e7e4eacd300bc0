import { settableStatusSchema } from '@rookery/protocol'
import { fail } from './command.ts'
import type { Command } from './command.ts'

export const status: Command = {
  name: 'status',
  usage: 'online|away|busy|invisible [<text>]',
  summary: 'what others see of you',
  completes: ['status', 'text'],
  async run({ words: [wanted], rest }, session) {
    const parsed = settableStatusSchema.safeParse(wanted)
    if (wanted === undefined || !parsed.success) fail(status)
    const text = rest.slice(wanted.length).trim()
    await session.client.setStatus(parsed.data, text === '' ? undefined : text)
  },
}
