import { type Accounts, AccountsError } from '@rookery/accounts'
import { type Bridge, type RequestKind } from './bridge.ts'
import { BridgeError } from './bridge-error.ts'

const enrollTimeoutMs = 4_000
const quitTimeoutMs = 20_000

/**
 * The accounts of a platform with a bridge. An account becomes active after the presence leader has
 * registered its name, and a deleted account leaves the registry. `activate` rejects with
 * AccountsError `unavailable` while there is no leader, and is false if a worker has the name.
 */
export function enrollingAccounts(accounts: Accounts, bridge: Pick<Bridge, 'ask'>): Accounts {
  const changed: Pick<Accounts, 'activate' | 'delete'> = {
    activate: async (username) => {
      const answer = await asked(bridge, 'account_enroll', username, enrollTimeoutMs)
      return answer !== 'refused' && (await accounts.activate(username))
    },
    delete: async (username, atMs) => {
      const ended = await accounts.delete(username, atMs)
      // If there is no leader now, the next one finds the deleted account.
      asked(bridge, 'account_quit', username, quitTimeoutMs).catch(() => undefined)
      return ended
    },
  }
  return new Proxy(accounts, {
    get: (target, name) => {
      if (name === 'activate' || name === 'delete') return changed[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

async function asked(
  bridge: Pick<Bridge, 'ask'>,
  kind: RequestKind,
  id: string,
  timeoutMs: number,
): Promise<string> {
  try {
    return await bridge.ask(kind, id, timeoutMs)
  } catch (cause) {
    if (!(cause instanceof BridgeError)) throw cause
    throw new AccountsError('unavailable', 'the presence leader does not register names now', {
      cause,
    })
  }
}
