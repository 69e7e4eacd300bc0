import type { RequestKind } from '../bridge.ts'

/** The paths of the tree. Names with `_` belong to the platform: no id of a worker begins so. */
export class Paths {
  readonly #root: string

  /** `/`, or a path without a slash at its end. */
  constructor(root: string) {
    this.#root = root === '/' ? '' : root
  }

  readonly own: string = '_rookery-bridge'

  get registry(): string {
    return `${this.#root}/registry`
  }
  get online(): string {
    return `${this.#root}/online`
  }
  get senders(): string {
    return `${this.#root}/${this.own}/senders`
  }

  requests(kind: RequestKind): string {
    return kind === 'enroll' || kind === 'quit'
      ? `${this.#root}/request/${kind}`
      : `${this.#root}/${this.own}/${kind}`
  }

  /** The paths of all folders, parents first. */
  all(): string[] {
    const above = this.#root.split('/').slice(1)
    return [
      ...above.map((_, depth) => `/${above.slice(0, depth + 1).join('/')}`),
      `${this.#root}/request`,
      this.requests('enroll'),
      this.requests('quit'),
      this.registry,
      this.online,
      `${this.#root}/${this.own}`,
      this.requests('account_enroll'),
      this.requests('account_quit'),
      this.senders,
    ]
  }
}
