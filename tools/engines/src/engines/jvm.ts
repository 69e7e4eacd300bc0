import { join } from 'node:path'
import { type JavaEngine, jarFolder } from '../prepare/jars.ts'
import { installed } from '../programs.ts'

/**
 * The start of a JVM's command line. The heaps are small, because many engines share one machine.
 * Young garbage is collected often, in milliseconds each time. With the default of a third of the
 * heap, all clients would wait for tens of milliseconds.
 */
export function jvm(
  engine: JavaEngine,
  shortLived: boolean,
  {
    heapMb,
    youngMb,
    flags = [],
    classPath = [],
  }: { heapMb: number; youngMb: number; flags?: string[]; classPath?: string[] },
): string[] {
  return [
    installed('java'),
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    `-Xmn${youngMb}m`,
    '-XX:+UseSerialGC',
    ...(shortLived ? ['-XX:TieredStopAtLevel=1'] : []),
    ...flags,
    '-cp',
    [...classPath, join(jarFolder(engine), '*')].join(':'),
  ]
}
