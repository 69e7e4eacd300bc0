import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readEnginesConfig } from '../config.ts'
import { EnginesError } from '../engines-error.ts'
import { installed } from '../programs.ts'
import { withLock } from '../with-lock.ts'

const run = promisify(execFile)
export type JavaEngine = 'kafka' | 'zookeeper' | 'cassandra'
/**
 * Engines, which come with the clients of their release, and clients of the age that old workers
 * use.
 */
export type JarSet = JavaEngine | 'old-clients'
type Artifact = readonly [group: string, artifact: string, version: string]

/**
 * The engines that run on Java, as Maven artifacts: first the engine, then what it needs and does
 * not bring.
 */
const artifacts: Record<JarSet, readonly [Artifact, ...Artifact[]]> = {
  kafka: [
    ['org.apache.kafka', 'kafka_2.13', '3.9.1'],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ],
  zookeeper: [
    ['org.apache.zookeeper', 'zookeeper', '3.9.4'],
    ['io.dropwizard.metrics', 'metrics-core', '4.1.12.1'],
    ['org.xerial.snappy', 'snappy-java', '1.1.10.5'],
    ['org.slf4j', 'slf4j-simple', '2.0.13'],
  ],
  cassandra: [['org.apache.cassandra', 'cassandra-all', '5.0.6']],
  'old-clients': [
    // Later releases of 3.4 do not find their servers on a Java above 13.
    ['org.apache.zookeeper', 'zookeeper', '3.4.12'],
    ['org.apache.kafka', 'kafka-clients', '1.0.2'],
  ],
}

export const isJavaEngine = (name: string): name is JavaEngine =>
  name in artifacts && name !== 'old-clients'

/** The folder of an engine's jars, named by its version. */
export function jarFolder(engine: JarSet): string {
  const [, , version] = artifacts[engine][0]
  return join(readEnginesConfig().cacheFolder, `${engine}-${version}`)
}

export const hasJars = (engine: JarSet): boolean => existsSync(jarFolder(engine))

/**
 * Fetches an engine's jars with Maven unless they exist. The folder appears complete or not at all,
 * and other callers wait meanwhile.
 *
 * @throws EnginesError `missing`
 */
export async function fetchJars(engine: JarSet, onProgress: (line: string) => void): Promise<void> {
  if (hasJars(engine)) return
  const { cacheFolder } = readEnginesConfig()
  await withLock(
    cacheFolder,
    async () => {
      if (hasJars(engine)) return
      const folder = jarFolder(engine)
      const unfinished = `${folder}.unfinished`
      onProgress(`fetching the jars of ${engine} (once)`)
      await rm(unfinished, { recursive: true, force: true })
      await mkdir(unfinished, { recursive: true })
      await writeFile(join(unfinished, 'pom.xml'), pom(artifacts[engine]))
      await copyDependencies(engine, unfinished)
      await rename(unfinished, folder)
    },
    () => onProgress(`waiting for another process that fetches jars into ${cacheFolder}`),
  )
}

async function copyDependencies(engine: JarSet, folder: string): Promise<void> {
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
  try {
    await run(installed('mvn'), ['-q', '-B', goal, '-DoutputDirectory=.'], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch (cause) {
    const { stdout = '' } = cause as { stdout?: string }
    const reason = stdout.split('\n').find((line) => line.includes('ERROR')) ?? String(cause)
    throw new EnginesError('missing', `the jars of ${engine} could not be fetched: ${reason}`, {
      cause,
    })
  }
}

function pom(dependencies: readonly Artifact[]): string {
  const elements = dependencies.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  )
  return `<project><modelVersion>4.0.0</modelVersion><groupId>rookery</groupId><artifactId>engine</artifactId><version>1</version>
<dependencies>${elements.join('')}</dependencies></project>
`
}
