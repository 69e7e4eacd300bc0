// Runs checks and test runs, and adds up their passed and failed tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './set-up.mjs'

export class Tally {
  passed = 0
  failed = 0
  /** A folder for files of the runs. `end` removes it. */
  folder = mkdtempSync(join(tmpdir(), 'rookery-test-'))
  #runs = 0

  /**
   * A check passes when its program exits with 0.
   * @param {string} name
   * @param {string} script
   * @param {string[]} args
   */
  async check(name, script, args) {
    process.stdout.write(`── ${name}\n`)
    if ((await run(script, args)) === 0) this.passed += 1
    else this.failed += 1
  }

  /**
   * @param {string} title
   * @param {string[]} args
   */
  async jest(title, args) {
    process.stdout.write(`── ${title}\n`)
    this.#runs += 1
    const report = join(this.folder, `run-${this.#runs}.json`)
    const flags = ['--experimental-vm-modules', '--no-warnings']
    const jest = bin('jest', 'bin/jest.js')
    const status = await run(jest, ['--json', `--outputFile=${report}`, ...args], flags)
    let wrong = 0
    try {
      const result = JSON.parse(readFileSync(report, 'utf8'))
      this.passed += result.numPassedTests
      // A suite that could not be loaded has no tests to count, and a test that was not run has not
      // passed.
      wrong = result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests
    } catch {
      wrong = 1
    }
    this.failed += status !== 0 && wrong === 0 ? 1 : wrong
  }

  /** A failure outside of any test. */
  fail(error) {
    this.failed += 1
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  }

  /** Prints the closing line, and ends the process. */
  end() {
    rmSync(this.folder, { recursive: true, force: true })
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`)
    process.exit(this.failed === 0 ? 0 : 1)
  }
}

/**
 * @param {string} name
 * @param {string} path
 */
export function bin(name, path) {
  return join(root, 'node_modules', name, path)
}

/** Not `spawnSync`, because the output of other children must be read meanwhile. */
async function run(script, args, flags = []) {
  const child = spawn(process.execPath, [...flags, script, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return code
}
