/** Milliseconds, sorted once. */
export class Figures {
  readonly #values: number[] = []

  add(ms: number): void {
    this.#values.push(ms)
  }

  get count(): number {
    return this.#values.length
  }

  /** `p50 1.2 ms, p99 3.4 ms, max 5.6 ms (n = 100)` */
  toString(): string {
    const sorted = [...this.#values].sort((a, b) => a - b)
    const at = (share: number): string =>
      (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1)
    return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (n = ${sorted.length})`
  }
}

/** CPU seconds that the processes behind these `/metrics` addresses have used so far. */
export async function cpuSeconds(addresses: readonly string[]): Promise<number> {
  return sum(addresses, 'process_cpu_seconds_total')
}

/** Resident memory of the same, in bytes. */
export async function residentBytes(addresses: readonly string[]): Promise<number> {
  return sum(addresses, 'process_resident_memory_bytes')
}

async function sum(addresses: readonly string[], metric: string): Promise<number> {
  const pages = await Promise.all(
    addresses.map(async (address) => (await fetch(`${address}/metrics`)).text()),
  )
  return pages.reduce((total, page) => {
    const line = page.split('\n').find((one) => one.startsWith(metric))
    return total + Number(line?.split(' ').at(-1) ?? 0)
  }, 0)
}
