import { type EngineName, engineNames } from './engine.ts'
import { EnginesError } from './engines-error.ts'
import { startEngines } from './start-engines.ts'

const usage = `Usage: node libs/engines/dist/main.js [${engineNames.join('|')} ...]
Starts real engines on loopback (all, if none is named) with fresh data, prints where they are, and runs until Ctrl-C.
`

const names = process.argv.slice(2)
const unknown = names.filter((name) => !isEngineName(name))
if (names.includes('--help')) process.stdout.write(usage)
else if (unknown.length > 0) {
  process.stderr.write(`There is no engine called ${unknown.join(', ')}.\n${usage}`)
  process.exitCode = 1
} else await run(names.length === 0 ? engineNames : names.filter(isEngineName))

async function run(which: readonly EngineName[]): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
  try {
    const engines = await startEngines({
      which,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    })
    for (const [name, value] of Object.entries(engines.variables))
      process.stdout.write(`${name}=${value}\n`)
    // Listening for signals does not keep a process alive.
    const alive = setInterval(() => undefined, 2 ** 30)
    await stopped
    clearInterval(alive)
    await engines.stop()
  } catch (error) {
    if (!(error instanceof EnginesError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

function isEngineName(name: string): name is EngineName {
  return (engineNames as readonly string[]).includes(name)
}
