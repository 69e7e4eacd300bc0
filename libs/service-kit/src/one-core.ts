import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/**
 * V8 collects garbage on threads beside the event loop. With one core these threads take the core
 * from the loop for tens of milliseconds, so the loop collects on its own, in short steps. Called
 * before the process has allocated much.
 */
export function fitCollectorToCores(): void {
  if (availableParallelism() > 1) return
  setFlagsFromString('--no-concurrent-marking')
  setFlagsFromString('--no-concurrent-sweeping')
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
  setFlagsFromString('--no-parallel-scavenge')
}
