const form = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const reserved: ReadonlySet<string> = new Set(['inbox', 'system'])

/**
 * Whether a worker may be called so. It is a path in the tree and the name of its inbox at once, so
 * it never begins with `_`, as all that is the platform's own does. `inbox` and `system` are the
 * platform's, in any case.
 */
export function isWorkerId(id: string): boolean {
  return form.test(id) && !reserved.has(id.toLowerCase())
}
