import { foldUsername } from '@rookery/protocol'
import type { Names } from '../recipes/index.ts'

/**
 * The owners of names where there are no accounts. A registered worker owns its name until it
 * quits. The table lives as long as one leadership: the manager enrolls all registered workers
 * before it answers requests.
 */
export function registryNames(): Names {
  const owners = new Map<string, string>()
  return {
    enroll: async (workerId) => {
      const fold = foldUsername(workerId)
      const owner = owners.get(fold) ?? workerId
      owners.set(fold, owner)
      return owner === workerId ? 'enrolled' : 'taken'
    },
    quit: async (workerId) => {
      const fold = foldUsername(workerId)
      if (owners.get(fold) === workerId) owners.delete(fold)
    },
  }
}
