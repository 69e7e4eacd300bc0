import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { installMissing } from './packages.ts'

describe('what has to be installed', () => {
  const path = process.env['PATH']
  beforeEach(() => {
    // Without apt-get.
    process.env['PATH'] = '/nowhere'
  })
  afterEach(() => {
    process.env['PATH'] = path
  })

  it('is named with the command that installs it, if it cannot be installed', async () => {
    const needed = [
      { program: 'no-such-server', debianPackage: 'some-server' },
      { program: 'no-such-tool', debianPackage: 'some-server' },
    ]
    await expect(installMissing(needed, () => undefined)).rejects.toMatchObject({
      code: 'missing',
      message:
        'not installed: no-such-server, no-such-tool (there is no apt-get to install them with). ' +
        'On Debian or Ubuntu: sudo apt-get install some-server',
    })
  })

  it('is nothing if everything is installed', async () => {
    process.env['PATH'] = path
    const lines: string[] = []
    await installMissing([{ program: 'sh', debianPackage: 'dash' }], (line) => lines.push(line))
    expect(lines).toEqual([])
  })
})
