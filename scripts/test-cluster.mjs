import { testAgainstClusters } from './against-clusters.mjs'
import { setUp } from './set-up.mjs'
import { Tally } from './tally.mjs'

setUp()
const tally = new Tally()
await testAgainstClusters(tally)
tally.end()
