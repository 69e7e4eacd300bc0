// Format, lint, types, all tests, and the socket and REST tests once more against a cluster.
// Arguments go to jest, which then runs alone.
import { testAgainstClusters } from './lib/against-clusters.mjs'
import { setUp } from './lib/set-up.mjs'
import { bin, Tally } from './lib/tally.mjs'

const inBrowsers = '/system-tests/tests/(web|browser)/'

setUp()
const tally = new Tally()
const only = process.argv.slice(2)
if (only.length > 0) await tally.jest('tests', only)
else {
  await tally.check('format', bin('prettier', 'bin/prettier.cjs'), [
    '--check',
    '--log-level',
    'warn',
    '.',
  ])
  await tally.check('lint', bin('oxlint', 'bin/oxlint'), ['--type-aware'])
  await tally.check('types', bin('typescript', 'bin/tsc'), ['-b'])
  await tally.check('types of the web pages', bin('typescript', 'bin/tsc'), ['-p', 'web'])
  // Browsers take both cores of a small machine, so their tests do not run beside those of engines.
  await tally.jest('tests', ['--testPathIgnorePatterns', '/node_modules/', inBrowsers])
  await tally.jest('tests of the pages', ['--testPathPatterns', inBrowsers, '--maxWorkers', '1'])
  await testAgainstClusters(tally)
}
tally.end()
