export * from './accounts.ts'
export { AccountsError, type AccountsErrorCode } from './accounts-error.ts'
export { openEmbeddedAccounts } from './embedded/embedded-accounts.ts'
export { clientNetwork } from './client-network.ts'
