import { describe, expect, it } from '@jest/globals'
import type { ChosenStatus } from '../accounts.ts'
import { eachOpened, type OpenedAccounts, register, startMs } from './opened.ts'

export function describeStatuses(open: () => Promise<OpenedAccounts>): void {
  describe('statuses', () => {
    const opened = eachOpened(open)
    const hidden = { status: 'invisible', text: null, atMs: startMs } as const
    const busy = { status: 'busy', text: 'in a call\0 😀', atMs: startMs + 1 } as const

    it('keeps the latest status of each account, in any order of arrival', async () => {
      for (const name of ['ann', 'bob', 'eve']) await register(opened.accounts, name)
      await opened.accounts.keepStatuses(
        new Map<string, ChosenStatus>([
          ['bob', busy],
          ['ann', hidden],
        ]),
      )
      await opened.accounts.keepStatuses(new Map([['ann', busy]]))
      await opened.accounts.keepStatuses(new Map([['bob', hidden]]))
      const accounts = await opened.reopen()
      await expect(accounts.statusesOf(['ann', 'bob', 'eve', 'nobody'])).resolves.toEqual(
        new Map([
          ['ann', busy],
          ['bob', busy],
        ]),
      )
      await accounts.keepStatuses(new Map())
      await expect(accounts.statusesOf([])).resolves.toEqual(new Map())
    })

    it('removes the status of a deleted account, and accepts no other one', async () => {
      const { accounts } = opened
      await register(accounts, 'ann')
      await accounts.keepStatuses(new Map([['ann', hidden]]))
      await accounts.delete('ann', startMs)
      for (const name of ['ann', 'nobody']) await accounts.keepStatuses(new Map([[name, busy]]))
      await expect(accounts.statusesOf(['ann', 'nobody'])).resolves.toEqual(new Map())
    })
  })
}
