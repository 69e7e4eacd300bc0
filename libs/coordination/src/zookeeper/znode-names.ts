/**
 * The parts of a node's name `<name>@<owner>-<ten digits>`: the name in percent-encoding, the id of
 * its owner, and the running number of the server. Example:
 * `chat-1@7c9e6679-7425-40de-944b-e07fc1f90ae7-0000000042`.
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

/** All nodes with well-formed names, in the order in which they were made. */
export function parseZnodes(znodes: readonly string[]): ZnodeName[] {
  return znodes
    .flatMap((znode) => {
      const [, name, owner, sequence] = pattern.exec(znode) ?? []
      if (name === undefined || owner === undefined) return []
      return [{ znode, name: decodeURIComponent(name), owner, sequence: Number(sequence) }]
    })
    .sort((a, b) => a.sequence - b.sequence)
}
