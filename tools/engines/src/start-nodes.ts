import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Node, VariablesByEngine } from './engine.ts'
import { engines } from './engines/index.ts'
import { freePorts } from './free-ports.ts'
import { prepareEngines } from './prepare/prepare-engines.ts'
import { RunningEngine } from './running-engine.ts'

/** Several nodes of one engine that form a cluster. */
export interface Nodes<Name extends 'kafka' | 'cassandra'> {
  /** The addresses of all nodes. */
  readonly variables: VariablesByEngine[Name]
  readonly count: number
  /** Kills it, as a crash does. `restart` brings it back. */
  kill(index: number): Promise<void>
  restart(index: number): Promise<void>
  /** Stops all nodes, and removes their data. They also stop when this process ends. */
  stop(): Promise<void>
}

/**
 * Runs a cluster of brokers or nodes on loopback. Resolves when each of them serves.
 *
 * @throws EnginesError `missing`, `failed`; then nothing is left running
 */
export async function startNodes<Name extends 'kafka' | 'cassandra'>(
  name: Name,
  count: number,
  onProgress: (line: string) => void = () => undefined,
): Promise<Nodes<Name>> {
  await prepareEngines([name], onProgress)
  const root = await mkdtemp(join(tmpdir(), `rookery-${name}-`))
  const all = await placesOf(name, count)
  const running: RunningEngine[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((node) => node.stop()))
    await rm(root, { recursive: true, force: true })
  }
  const start = async (own: number): Promise<void> => {
    const startedAt = Date.now()
    const folder = join(root, String(own + 1))
    const home = { folder, ownerPid: process.pid, removeFolder: true, shortLived: true }
    const place = { folder, shortLived: true, ports: all[own]?.ports ?? [], nodes: { own, all } }
    running[own] = await RunningEngine.startAt(engines[name], home, place)
    onProgress(`${name} ${own + 1} is up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  }
  try {
    // Brokers need a majority to serve at all. Nodes join one after the other.
    if (name === 'kafka') await Promise.all(all.map((_, own) => start(own)))
    else for (const own of all.keys()) await start(own)
  } catch (error) {
    await stop()
    throw error
  }
  const node = (index: number): RunningEngine => {
    const found = running[index]
    if (found === undefined) throw new RangeError(`there is no ${name} ${index}`)
    return found
  }
  return {
    variables: variablesOf(name, all, running[0]),
    count,
    kill: (index) => node(index).kill(),
    restart: (index) => node(index).restart(),
    stop,
  }
}

async function placesOf(name: 'kafka' | 'cassandra', count: number): Promise<Node[]> {
  const each = engines[name].portCount
  // A Cassandra node is known by its address, and its clients expect one port on all nodes.
  if (name === 'cassandra') {
    const ports = await freePorts(each)
    return Array.from({ length: count }, (_, i) => ({ host: `127.0.0.${i + 1}`, ports }))
  }
  const ports = await freePorts(each * count)
  return Array.from({ length: count }, (_, i) => ({
    host: '127.0.0.1',
    ports: ports.slice(i * each, (i + 1) * each),
  }))
}

function variablesOf<Name extends 'kafka' | 'cassandra'>(
  name: Name,
  all: readonly Node[],
  first: RunningEngine | undefined,
): VariablesByEngine[Name] {
  if (first === undefined) throw new RangeError('no node was asked for')
  const addresses = all.map(({ host, ports }) => `${host}:${ports[0]}`).join(',')
  const variable = name === 'kafka' ? 'KAFKA_BROKERS' : 'CASSANDRA_CONTACT_POINTS'
  return { ...engines[name].variables(first.place), [variable]: addresses }
}
