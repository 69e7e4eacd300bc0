import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface EnginesConfig {
  /**
   * The folder of the downloaded engines; `ROOKERY_ENGINES_CACHE`, by default
   * `~/.cache/rookery-engines`.
   */
  cacheFolder: string
  /**
   * The folders in which programs are looked for: `PATH`, and the folders in which Debian puts
   * servers.
   */
  programFolders: string[]
  /** The home of the Java to use, if it is not the one on the path. */
  javaHome: string | null
  /** The browser for tests of pages, if it is not an installed Chromium: `CHROMIUM`. */
  chromium: string | null
}

export function readEnginesConfig(): EnginesConfig {
  const env = process.env
  const cacheHome = env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return {
    cacheFolder: env['ROOKERY_ENGINES_CACHE'] || join(cacheHome, 'rookery-engines'),
    programFolders: [
      ...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
      '/usr/local/sbin',
      '/usr/sbin',
      '/sbin',
    ],
    javaHome: env['JAVA_HOME'] || null,
    chromium: env['CHROMIUM'] || null,
  }
}
