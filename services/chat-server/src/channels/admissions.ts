import type { Role } from '@rookery/domain'

export interface Membership {
  present: boolean
  role: Role
}

/** A user whose membership is being read. */
export interface Admission {
  /** The membership by the events that came meanwhile; null: none of them was about this user. */
  override: Membership | null
  /** The role by an event that came meanwhile, for a membership that was read; null: none came. */
  role: Role | null
}

/** A membership as it was read, with what the events say that came meanwhile. */
export function membershipNow(admission: Admission, read: Membership | null): Membership | null {
  if (admission.override !== null || read === null) return admission.override
  return { present: read.present, role: admission.role ?? read.role }
}

/**
 * The admissions to one channel that are under way: phase 2 of the hand-over (see `ChannelHub`).
 */
export class Admissions {
  readonly #ofUser = new Map<string, Set<Admission>>()

  /** True while none is under way. */
  get isEmpty(): boolean {
    return this.#ofUser.size === 0
  }

  begin(username: string): Admission {
    const admission: Admission = { override: null, role: null }
    const all = this.#ofUser.get(username)
    if (all === undefined) this.#ofUser.set(username, new Set([admission]))
    else all.add(admission)
    return admission
  }

  end(username: string, admission: Admission): void {
    const all = this.#ofUser.get(username)
    all?.delete(admission)
    if (all?.size === 0) this.#ofUser.delete(username)
  }

  /** An event says whether the user is a member. */
  override(username: string, present: boolean): void {
    for (const admission of this.#ofUser.get(username) ?? [])
      admission.override = { present, role: 'member' }
  }

  /** An event changes a role. */
  setRole(username: string, role: Role): void {
    for (const admission of this.#ofUser.get(username) ?? [])
      if (admission.override === null) admission.role = role
      else admission.override.role = role
  }
}
