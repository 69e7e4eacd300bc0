// Names of suites, or parts of names, choose some: npm run test:cluster -- security
import { testAgainstClusters } from './against-clusters.mjs'
import { setUp } from './set-up.mjs'
import { Tally } from './tally.mjs'

setUp()
const tally = new Tally()
await testAgainstClusters(tally, process.argv.slice(2))
tally.end()
