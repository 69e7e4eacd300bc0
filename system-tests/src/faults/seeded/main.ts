import { parseArgs } from 'node:util'
import type { Violation } from '../checker/evidence.ts'
import { startVictim } from '../run/start.ts'
import { scenarios, type Scenario } from './scenarios.ts'
import { Scene } from './scene.ts'

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, verbose: { type: 'boolean', default: false } },
})
const chosen = scenarios.filter(({ bug }) => new RegExp(values.only).test(bug))
let passed = 0
let failed = 0
const cluster = await startVictim(values.verbose, { apis: 1, dispatchers: 0, presence: 1 })
try {
  for (const scenario of chosen) {
    const { bug, about } = scenario
    const honest = (await played(scenario, '')).filter(({ rule }) => about.includes(rule))
    note(honest.length === 0, `the real dispatcher passes the scenario of "${bug}"`, honest)
    const found = await played(scenario, bug)
    const caught = found.some(({ rule }) => about.includes(rule))
    const by = [...new Set(found.map(({ rule }) => rule))].join(', ')
    note(caught, `"${bug}" is caught: ${by}`, found)
  }
} catch (error) {
  failed += 1
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await cluster.stop()
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

async function played(scenario: Scenario, bug: string): Promise<Violation[]> {
  const scene = await Scene.open(cluster, bug, scenario.crash)
  try {
    await scenario.play(scene)
    return await scene.judge()
  } finally {
    await scene.close()
  }
}

function note(good: boolean, line: string, details: readonly Violation[]): void {
  if (good) passed += 1
  else failed += 1
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'} ${line}\n`)
  if (good && !values.verbose) return
  for (const { rule, text } of details.slice(0, 5))
    process.stdout.write(`       ${rule}: ${text}\n`)
}
