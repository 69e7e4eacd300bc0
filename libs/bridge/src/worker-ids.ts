const form = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const reserved: ReadonlySet<string> = new Set(['inbox', 'system'])

/**
 * Whether a worker may have this id. The id is part of paths in the tree and the name of the inbox.
 * It must not begin with `_`, because names of the platform itself do. `inbox` and `system` are
 * reserved in any case.
 */
export function isWorkerId(id: string): boolean {
  return form.test(id) && !reserved.has(id.toLowerCase())
}
