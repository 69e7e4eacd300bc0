import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { prepareBrowser } from './prepare-browser.ts'

describe('the browser of the tests', () => {
  const { PATH: path, CHROMIUM: chromium } = process.env
  beforeEach(() => {
    process.env['PATH'] = '/nowhere'
    delete process.env['CHROMIUM']
  })
  afterEach(() => {
    process.env['PATH'] = path
    if (chromium === undefined) delete process.env['CHROMIUM']
    else process.env['CHROMIUM'] = chromium
  })

  it('is the one that CHROMIUM names', async () => {
    process.env['CHROMIUM'] = process.execPath
    expect(await prepareBrowser()).toBe(process.execPath)
  })

  it('is refused if CHROMIUM names no program', async () => {
    process.env['CHROMIUM'] = '/no/such/browser'
    await expect(prepareBrowser()).rejects.toMatchObject({
      code: 'missing',
      message: 'CHROMIUM names /no/such/browser, which is no program',
    })
  })

  it('is named with the command that installs it, if it is missing', async () => {
    await expect(prepareBrowser()).rejects.toMatchObject({
      code: 'missing',
      message:
        'not installed: chromium (there is no apt-get to install them with). ' +
        'On Debian or Ubuntu: sudo apt-get install chromium',
    })
  })
})
