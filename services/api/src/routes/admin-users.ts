import { forever } from '@rookery/accounts'
import { timeOf } from '@rookery/domain'
import type { AccessClaims } from '@rookery/tokens'
import type { ApiContext } from '../context.ts'
import { addRoute } from '../http/add-route.ts'
import { ApiError, notFound } from '../http/api-error.ts'

interface Sanction {
  untilMs: number
  reason: string
}

/** Bans, mutes and their ends. Each is in the audit trail before it happens, so none is missing. */
export function addAdminUsers(context: ApiContext): void {
  const { accounts, broadcast, logIns } = context

  addRoute(context, 'ban', async ({ params, body, user }) => {
    const untilMs = untilOf(body.until)
    await prepare(context, user, 'ban', params.username, { untilMs, reason: body.reason })
    await accounts.setRestrictions(params.username, { bannedUntilMs: untilMs })
    await logIns.end({ username: params.username }, 'banned')
  })

  addRoute(context, 'unban', async ({ params, user }) => {
    await prepare(context, user, 'unban', params.username)
    await accounts.setRestrictions(params.username, { bannedUntilMs: null })
  })

  addRoute(context, 'mute', async ({ params, body, user }) => {
    const untilMs = untilOf(body.until)
    await prepare(context, user, 'mute', params.username, { untilMs, reason: body.reason })
    await accounts.setRestrictions(params.username, { mutedUntilMs: untilMs })
    await broadcast([{ k: 'muted', username: params.username, untilMs }])
  })

  addRoute(context, 'unmute', async ({ params, user }) => {
    await prepare(context, user, 'unmute', params.username)
    await accounts.setRestrictions(params.username, { mutedUntilMs: null })
    await broadcast([{ k: 'muted', username: params.username, untilMs: null }])
  })
}

async function prepare(
  { accounts, config, security }: ApiContext,
  by: AccessClaims,
  act: string,
  on: string,
  sanction?: Sanction,
): Promise<void> {
  const account = await accounts.find(on)
  if (account === null || account.state === 'deleted') throw notFound('user')
  if (config.adminUsernames.has(on)) {
    throw new ApiError('forbidden', 'admins of the platform cannot be restricted')
  }
  const details = sanction && {
    until: sanction.untilMs === forever ? null : timeOf(sanction.untilMs),
    reason: sanction.reason,
  }
  const entry = { by: by.username, act, on, atMs: Date.now() }
  await accounts.appendAudit({ ...entry, ...(details && { details }) })
  security.record('admin_act', { username: by.username, what: act, on })
}

function untilOf(until: string | undefined): number {
  if (until === undefined) return forever
  const untilMs = Date.parse(until)
  if (untilMs <= Date.now())
    throw new ApiError('invalid_input', 'body.until: must be in the future')
  return untilMs
}
