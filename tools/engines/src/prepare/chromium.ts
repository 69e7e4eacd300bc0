import { findProgram } from '../programs.ts'
import { installMissing } from './packages.ts'

/** Names under which distributions install it. */
const names = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The path of Chromium. It is installed if it is missing, on a Debian machine and as root.
 *
 * @throws EnginesError `missing`, with the command that installs it
 */
export async function prepareChromium(onProgress: (line: string) => void): Promise<string> {
  const found = (): string | null => {
    for (const name of names) {
      const path = findProgram(name)
      if (path !== null) return path
    }
    return null
  }
  const present = found()
  if (present !== null) return present
  await installMissing([{ program: 'chromium', debianPackage: 'chromium' }], onProgress)
  return found() ?? 'chromium'
}
