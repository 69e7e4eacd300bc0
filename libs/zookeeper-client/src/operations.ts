import zookeeper, { type Client } from 'node-zookeeper-client'

/** One step of a transaction. Version −1 matches every version of a node. */
export type Operation =
  | { kind: 'create'; path: string; data: string | null; ephemeral?: boolean }
  | { kind: 'set' | 'remove' | 'check'; path: string; version: number; data?: string }

type Transaction = ReturnType<Client['transaction']>

export function addOperation(transaction: Transaction, operation: Operation): void {
  const { path } = operation
  if (operation.kind === 'create') {
    const { EPHEMERAL, PERSISTENT } = zookeeper.CreateMode
    const mode = operation.ephemeral ? EPHEMERAL : PERSISTENT
    if (operation.data === null) transaction.create(path, mode)
    else transaction.create(path, Buffer.from(operation.data), mode)
    return
  }
  const { kind, version } = operation
  if (kind === 'set') transaction.setData(path, Buffer.from(operation.data ?? ''), version)
  else if (kind === 'remove') transaction.remove(path, version)
  else transaction.check(path, version)
  // The library replaces version 0 by −1, so the version is set in the request that it will send.
  const { ops } = transaction as unknown as { ops: { version: number }[] }
  const last = ops.at(-1)
  if (last === undefined)
    throw new TypeError('this version of node-zookeeper-client keeps no list of ops: pin 1.1.3')
  last.version = version
}
