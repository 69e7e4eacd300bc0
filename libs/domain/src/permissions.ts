import type { ChannelKind } from './channel-ids.ts'
import type { Role } from './channel-record.ts'

/** The actions that need a right in a channel. */
export type ChannelAction =
  | 'read'
  | 'send'
  | 'react'
  | 'edit_own'
  | 'delete_own'
  | 'delete_any'
  | 'add'
  | 'remove'
  | 'set_role'
  | 'update'
  | 'leave'

type Rule = readonly Role[]
const everyone: Rule = ['owner', 'admin', 'member']
const keepers: Rule = ['owner', 'admin']
const nobody: Rule = []

/** The one table of rights, by kind of channel and role. A user who is no member has none. */
export const permissions: Readonly<Record<ChannelAction, Readonly<Record<ChannelKind, Rule>>>> = {
  read: { direct: everyone, group: everyone, public: everyone },
  send: { direct: everyone, group: everyone, public: everyone },
  react: { direct: everyone, group: everyone, public: everyone },
  edit_own: { direct: everyone, group: everyone, public: everyone },
  delete_own: { direct: everyone, group: everyone, public: everyone },
  delete_any: { direct: nobody, group: keepers, public: keepers },
  add: { direct: nobody, group: keepers, public: keepers },
  remove: { direct: nobody, group: keepers, public: keepers },
  set_role: { direct: nobody, group: keepers, public: keepers },
  update: { direct: nobody, group: keepers, public: keepers },
  leave: { direct: nobody, group: everyone, public: everyone },
}

export function may(action: ChannelAction, kind: ChannelKind, role: Role): boolean {
  return permissions[action][kind].includes(role)
}

const rank: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 }

/** For removals: a member may remove only members of lower roles. */
export function outranks(own: Role, other: Role): boolean {
  return rank[own] > rank[other]
}

/**
 * For changes of roles: both the old and the new role must be below one's own. Only the owner may
 * hand the channel over.
 */
export function maySetRole(own: Role, from: Role, to: Role): boolean {
  return outranks(own, from) && (own === 'owner' || outranks(own, to))
}
