/**
 * A node is named `<name>@<owner>-<ten digits>`: the name in a form fit for a path, who made it,
 * and the server's running number.
 */
export interface ZnodeName {
  znode: string
  name: string
  owner: string
  sequence: number
}

const pattern = /^(.*)@([0-9a-f-]{36})-(-?\d{10})$/

export function znodePrefix(name: string, owner: string): string {
  return `${encodeURIComponent(name)}@${owner}-`
}

/** All well-formed ones, in the order in which they were made. */
export function parseZnodes(znodes: readonly string[]): ZnodeName[] {
  return znodes
    .flatMap((znode) => {
      const [, name, owner, sequence] = pattern.exec(znode) ?? []
      if (name === undefined || owner === undefined) return []
      return [{ znode, name: decodeURIComponent(name), owner, sequence: Number(sequence) }]
    })
    .sort((a, b) => a.sequence - b.sequence)
}
