import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * One service's metrics, in a registry of its own. The standalone process runs four services, whose
 * metrics prom-client's global registry would mix.
 */
export class Metrics {
  readonly registry: Registry = new Registry()

  constructor(service: string) {
    this.registry.setDefaultLabels({ service })
  }

  /** Adds the process's own figures: CPU, memory, event-loop delay, garbage collection. */
  collectProcessMetrics(): this {
    collectDefaultMetrics({ register: this.registry })
    return this
  }

  counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  /** With `collect`, the value is read for each request for the metrics. */
  gauge<Label extends string>(
    name: string,
    help: string,
    { labelNames = [], collect }: { labelNames?: readonly Label[]; collect?: () => number } = {},
  ): Gauge<Label> {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(collect && {
        collect(this: Gauge<Label>): void {
          this.set(collect())
        },
      }),
    })
  }

  histogram<Label extends string>(
    name: string,
    help: string,
    { labelNames = [], buckets }: { labelNames?: readonly Label[]; buckets?: number[] } = {},
  ): Histogram<Label> {
    return new Histogram({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(buckets && { buckets }),
    })
  }

  /** The answer to `GET /metrics`. */
  async page(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() }
  }
}
