import { accessSync, constants } from 'node:fs'
import { readEnginesConfig } from '../config.ts'
import { EnginesError } from '../engines-error.ts'
import { findProgram, installed } from '../programs.ts'
import { installMissing } from './packages.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The path of a Chromium for tests of pages: `CHROMIUM`, or an installed one. On a Debian machine
 * and as root, a missing one is installed.
 *
 * @throws EnginesError `missing`, with the command that installs it
 */
export async function prepareBrowser(
  onProgress: (line: string) => void = () => undefined,
): Promise<string> {
  const { chromium } = readEnginesConfig()
  if (chromium !== null) return executable(chromium)
  const found = names.map(findProgram).find((path) => path !== null)
  if (found !== undefined && found !== null) return found
  await installMissing([{ program: 'chromium', debianPackage: 'chromium' }], onProgress)
  return installed('chromium')
}

function executable(path: string): string {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch (cause) {
    throw new EnginesError('missing', `CHROMIUM names ${path}, which is no program`, { cause })
  }
}
