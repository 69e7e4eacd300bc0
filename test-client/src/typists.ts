import { bounds } from '@rookery/protocol'
import type { InRoom } from './report.ts'
import { isolatedLabel } from './labels.ts'

/** The users who type in each room, each for 5 s after the last notice. */
export class Typists {
  readonly #changed: () => void
  readonly #typing = new Map<
    string,
    { place: InRoom; username: string; timer: ReturnType<typeof setTimeout> }
  >()

  constructor(changed: () => void) {
    this.#changed = changed
  }

  typing(username: string, place: InRoom): void {
    const key = `${place.channelId} ${username}`
    clearTimeout(this.#typing.get(key)?.timer)
    const timer = setTimeout(() => this.#forget(key), bounds.typingShownMs)
    this.#typing.set(key, { place, username, timer })
    this.#changed()
  }

  /** A message ends the notice of its sender. */
  said(channelId: string, username: string): void {
    this.#forget(`${channelId} ${username}`)
  }

  /** One line, or none. */
  lines(): string[] {
    const all = [...this.#typing.values()]
    const shown = all
      .slice(0, 3)
      .map(({ place, username }) => `${username} in [${isolatedLabel(place)}]`)
    if (all.length === 0) return []
    return [`${shown.join(', ')}${all.length > 3 ? ' and others' : ''} typing…`]
  }

  close(): void {
    for (const { timer } of this.#typing.values()) clearTimeout(timer)
    this.#typing.clear()
  }

  #forget(key: string): void {
    const typist = this.#typing.get(key)
    if (typist === undefined) return
    clearTimeout(typist.timer)
    this.#typing.delete(key)
    this.#changed()
  }
}
