export * from './bridge.ts'
export * from './bridge-error.ts'
export { createBridgeWorld, type BridgeWorld } from './embedded/index.ts'
export { enrollingAccounts } from './enrolling-accounts.ts'
export { isWorkerId } from './worker-ids.ts'
export {
  type BridgeConfig,
  type BridgeSettings,
  bridgeVariables,
  toBridgeConfig,
} from './config.ts'
export { readTreeConfig, type TreeConfig, treeVariables } from './tree-config.ts'
