import { describe, expect, it } from '@jest/globals'
import { registryNames } from './registry-names.ts'

describe('names without accounts', () => {
  it('belong to whoever has them, with case and . and _ taken as one, until they quit', async () => {
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
