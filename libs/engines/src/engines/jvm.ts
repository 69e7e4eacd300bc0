import { join } from 'node:path'
import { type JavaEngine, jarFolder } from '../prepare/jars.ts'
import { installed } from '../programs.ts'

/** The start of a JVM's command line; small, for many engines share one machine. */
export function jvm(
  engine: JavaEngine,
  shortLived: boolean,
  {
    heapMb,
    flags = [],
    classPath = [],
  }: { heapMb: number; flags?: string[]; classPath?: string[] },
): string[] {
  return [
    installed('java'),
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    ...(shortLived ? ['-XX:TieredStopAtLevel=1'] : []),
    ...flags,
    '-cp',
    [...classPath, join(jarFolder(engine), '*')].join(':'),
  ]
}
