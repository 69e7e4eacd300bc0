import type { Cluster } from '@rookery/protocol'

export type PartKind = 'chatServer' | 'dispatcher' | 'broker' | 'presence'

/** A part that has gone is shown for this long. */
const shownMs = 60_000

/** Remembers which parts of the platform were there and are gone. */
export class Vanished {
  /** The ids of each kind that the last reading of it had. */
  readonly #last = new Map<PartKind, ReadonlySet<string>>()
  readonly #gone = new Map<PartKind, Map<string, number>>()

  /** Takes a reading. `nowMs` is any steady clock. */
  note(cluster: Cluster, nowMs: number): void {
    const present = partsOf(cluster)
    for (const [kind, ids] of present) {
      const gone = this.#gone.get(kind) ?? new Map<string, number>()
      for (const id of this.#last.get(kind) ?? []) if (!ids.has(id)) gone.set(id, nowMs)
      for (const [id, atMs] of gone) if (ids.has(id) || nowMs - atMs > shownMs) gone.delete(id)
      this.#gone.set(kind, gone)
      this.#last.set(kind, ids)
    }
  }

  /** The ids of the parts of this kind that went within the last minute. */
  of(kind: PartKind): string[] {
    return [...(this.#gone.get(kind)?.keys() ?? [])]
  }
}

/** Without an answer of the log nothing is known of brokers and dispatchers: they are left out. */
function partsOf(cluster: Cluster): Map<PartKind, ReadonlySet<string>> {
  const { chatServers, partitions, brokers, presenceLeader } = cluster
  const parts = new Map<PartKind, ReadonlySet<string>>([
    ['chatServer', new Set(chatServers.map(({ id }) => id))],
    ['presence', new Set(presenceLeader === null ? [] : [presenceLeader])],
  ])
  if (brokers.length === 0) return parts
  return parts
    .set('dispatcher', new Set(partitions.flatMap(({ dispatcher }) => dispatcher ?? [])))
    .set('broker', new Set(brokers.map(({ id }) => id)))
}
