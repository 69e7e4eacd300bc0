import { describe, expect, it } from '@jest/globals'
import { eachOpened, type OpenedAccounts, startMs } from './opened.ts'

export function describeAudit(open: () => Promise<OpenedAccounts>): void {
  describe('audit', () => {
    const opened = eachOpened(open)
    const entry = (act: string) => ({ by: 'root', act, on: 'ann', atMs: startMs })

    it('lists audit entries in pages, newest first, also after a restart', async () => {
      const ids: number[] = []
      for (const act of ['a', 'b', 'c']) ids.push(await opened.accounts.appendAudit(entry(act)))
      const accounts = await opened.reopen()
      ids.push(await accounts.appendAudit(entry('d')))
      const page = async (before?: number) =>
        (await accounts.listAudit({ ...(before !== undefined && { before }), limit: 3 })).map(
          (one) => [one.id, one.act],
        )
      await expect(page()).resolves.toEqual([
        [ids[3], 'd'],
        [ids[2], 'c'],
        [ids[1], 'b'],
      ])
      await expect(page(ids[1])).resolves.toEqual([[ids[0], 'a']])
      await expect(page(ids[0])).resolves.toEqual([])
    })

    it.each([
      "UPDATE audit SET by_user = 'eve'",
      'DELETE FROM audit',
      "REPLACE INTO audit VALUES (1, 'eve', 'x', 'y', 2, NULL)",
    ])('lets the database refuse a change of the audit trail: %s', async (statement) => {
      const id = await opened.accounts.appendAudit(entry('ban'))
      expect(id).toBe(1)
      await expect(opened.tamper(statement)).rejects.toThrow(/append-only/)
      await expect(opened.accounts.listAudit({ limit: 9 })).resolves.toEqual([
        { id, ...entry('ban') },
      ])
    })

    it('keeps the details of an audit entry unchanged', async () => {
      const details = { until: null, reason: 'a\0b 😀', deep: { n: [1, '2'] } }
      const id = await opened.accounts.appendAudit({ ...entry('ban'), details })
      await opened.accounts.appendAudit(entry('unban'))
      await expect(opened.accounts.listAudit({ limit: 9 })).resolves.toEqual([
        { id: expect.any(Number), ...entry('unban') },
        { id, ...entry('ban'), details },
      ])
    })
  })
}
