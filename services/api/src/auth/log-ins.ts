import type {
  Account,
  Accounts,
  EndReason,
  FamilyLifetime,
  FamilySelection,
} from '@rookery/accounts'
import { type AuthAnswer, bounds, type ChatServer, isStorableText } from '@rookery/protocol'
import type { AccessTokens } from '@rookery/tokens'
import type { ApiConfig } from '../config.ts'
import { ApiError } from '../http/api-error.ts'
import type { EndedFamilies } from './ended-families.ts'

export interface LogInsDeps {
  readonly accounts: Accounts
  readonly tokens: Pick<AccessTokens, 'issue' | 'ttlMs'>
  readonly ended: Pick<EndedFamilies, 'announce'>
  readonly config: Pick<ApiConfig, 'refreshIdleMs' | 'refreshAbsoluteMs' | 'adminUsernames'>
}

const deviceMax = bounds.deviceIdMax

/** Starts, continues and ends log-ins, for all auth routes. */
export class LogIns {
  readonly #deps: LogInsDeps

  constructor(deps: LogInsDeps) {
    this.#deps = deps
  }

  async start(
    account: Account,
    userAgent: string | undefined,
    chat: ChatServer,
  ): Promise<AuthAnswer> {
    const device = deviceOf(userAgent)
    const { familyId, refreshToken } = await this.#deps.accounts.startFamily({
      username: account.username,
      atMs: Date.now(),
      ...(device !== undefined && { device }),
    })
    return this.answer(account, { familyId, refreshToken }, chat)
  }

  /** The answer to a client that is logged in: both tokens, and where to connect. */
  answer(
    { username, displayName }: Account,
    { familyId, refreshToken }: { familyId: string; refreshToken: string },
    chat: ChatServer,
  ): AuthAnswer {
    const { tokens, config } = this.#deps
    const admin = config.adminUsernames.has(username)
    const { token } = tokens.issue({ username, displayName, familyId, admin })
    return {
      sessionToken: token,
      refreshToken,
      expiresIn: tokens.ttlMs / 1000,
      user: { username, displayName },
      servers: { chat },
    }
  }

  /**
   * Ends log-ins: refresh tokens when this resolves, sockets and access tokens within seconds in
   * all processes.
   */
  async end(which: FamilySelection, reason: EndReason = 'ended'): Promise<void> {
    const familyIds = await this.#deps.accounts.revoke(which, reason, Date.now())
    await this.#deps.ended.announce(familyIds, reason)
  }

  lifetime(): FamilyLifetime {
    const { refreshIdleMs, refreshAbsoluteMs } = this.#deps.config
    return { nowMs: Date.now(), idleMs: refreshIdleMs, absoluteMs: refreshAbsoluteMs }
  }
}

/** @throws ApiError `forbidden` */
export function refuseBanned({ bannedUntilMs }: Account): void {
  if (bannedUntilMs !== null && bannedUntilMs > Date.now()) {
    throw new ApiError('forbidden', 'this account is banned')
  }
}

/** The text by which the user recognizes the log-in in a list. */
function deviceOf(userAgent: string | undefined): string | undefined {
  const device = (userAgent ?? '').slice(0, deviceMax).trim()
  return device !== '' && isStorableText(device) ? device : undefined
}
