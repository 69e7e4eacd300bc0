import { foldUsername } from '@rookery/protocol'
import type { Names } from '../recipes/index.ts'

/**
 * Names where there are no accounts: whoever is in the registry has them, which the manager tells
 * before it answers anybody. Of one leadership; a name that was given back is free.
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
