import { describe, expect, it } from '@jest/globals'
import { eachOpened, type OpenedAccounts, register, startMs } from './opened.ts'

export function describeWorkers(open: () => Promise<OpenedAccounts>): void {
  describe('workers', () => {
    const opened = eachOpened(open)

    it('makes a worker an active user, and keeps the case of its id', async () => {
      await expect(opened.accounts.enrollWorker('Ada.L', startMs)).resolves.toBe('enrolled')
      await expect(opened.accounts.enrollWorker('Ada.L', startMs + 1)).resolves.toBe('enrolled')
      const accounts = await opened.reopen()
      const ada = { username: 'ada.l', displayName: 'Ada.L', workerId: 'Ada.L', state: 'active' }
      await expect(accounts.find('ada.l')).resolves.toMatchObject({ ...ada, createdAtMs: startMs })
      await expect(accounts.search('ada', 20)).resolves.toHaveLength(1)
    })

    it('hides a worker that quit, and lets it come back under its name', async () => {
      const { accounts } = opened
      await accounts.enrollWorker('Ada', startMs)
      await accounts.quitWorker('Ada')
      await expect(accounts.find('ada')).resolves.toMatchObject({ state: 'deleted' })
      await expect(accounts.search('', 20)).resolves.toEqual([])
      await expect(accounts.activate('ada')).resolves.toBe(false)
      await expect(accounts.enrollWorker('Ada', startMs)).resolves.toBe('enrolled')
      await expect(accounts.find('ada')).resolves.toMatchObject({ state: 'active' })
    })

    it('gives no worker a name that another user has or had, and no user the name of a worker', async () => {
      const { accounts } = opened
      await register(accounts, 'a.b')
      await register(accounts, 'dead')
      await accounts.delete('dead', startMs)
      for (const id of ['a.b', 'A_B', 'a_b', 'Dead', 'dead'])
        await expect(accounts.enrollWorker(id, startMs)).resolves.toBe('taken')
      await accounts.enrollWorker('Ada', startMs)
      await accounts.quitWorker('Ada')
      for (const id of ['ada', 'ADA'])
        await expect(accounts.enrollWorker(id, startMs)).resolves.toBe('taken')
      const account = { username: 'ada', displayName: '', passwordHash: 'h', createdAtMs: startMs }
      await expect(accounts.create(account)).resolves.toBe('taken')
    })

    it('lets a worker quit only under its own id', async () => {
      const { accounts } = opened
      await register(accounts, 'bob')
      await accounts.enrollWorker('Ada', startMs)
      for (const id of ['bob', 'ada', 'nobody']) await accounts.quitWorker(id)
      const found = await accounts.findMany(['bob', 'ada'])
      expect([...found.values()].map(({ state }) => state)).toEqual(['active', 'active'])
    })
  })
}
