import { describe, expect, it } from '@jest/globals'
import { registryNames } from './registry-names.ts'

describe('names without accounts', () => {
  it('gives a name to one worker until it quits, also with another case or . for _', async () => {
    const names = registryNames()
    await expect(names.enroll('Ada.L')).resolves.toBe('enrolled')
    await expect(names.enroll('Ada.L')).resolves.toBe('enrolled')
    await expect(names.enroll('ada_l')).resolves.toBe('taken')
    await names.quit('ada_l')
    await expect(names.enroll('ada_l')).resolves.toBe('taken')
    await names.quit('Ada.L')
    await expect(names.enroll('ada_l')).resolves.toBe('enrolled')
  })
})
