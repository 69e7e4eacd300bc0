// Format, lint, types and all tests; ends with "N passed, N failed" over everything that ran.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from './set-up.mjs'

setUp()
const bin = (name, path) => join(root, 'node_modules', name, path)
let passed = 0
let failed = 0
check('format', bin('prettier', 'bin/prettier.cjs'), ['--check', '--log-level', 'warn', '.'])
check('lint', bin('oxlint', 'bin/oxlint'), ['--type-aware'])
check('types', bin('typescript', 'bin/tsc'), ['-b'])
process.stdout.write('── tests\n')
const folder = mkdtempSync(join(tmpdir(), 'rookery-test-'))
const report = join(folder, 'report.json')
const jest = run(
  bin('jest', 'bin/jest.js'),
  ['--json', `--outputFile=${report}`, ...process.argv.slice(2)],
  ['--experimental-vm-modules', '--no-warnings'],
)
try {
  const result = JSON.parse(readFileSync(report, 'utf8'))
  passed += result.numPassedTests
  // A suite that could not even load has no tests to count.
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests
} catch {
  failed += 1
}
rmSync(folder, { recursive: true, force: true })
if (jest !== 0 && failed === 0) failed = 1
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

function check(name, script, args) {
  process.stdout.write(`── ${name}\n`)
  if (run(script, args) === 0) passed += 1
  else failed += 1
}

function run(script, args, flags = []) {
  return spawnSync(process.execPath, [...flags, script, ...args], { cwd: root, stdio: 'inherit' })
    .status
}
