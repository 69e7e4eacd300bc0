// Arguments select suites by name or part of a name: npm run test:cluster -- security
import { testAgainstClusters } from './lib/against-clusters.mjs'
import { setUp } from './lib/set-up.mjs'
import { Tally } from './lib/tally.mjs'

setUp()
const tally = new Tally()
await testAgainstClusters(tally, process.argv.slice(2))
tally.end()
