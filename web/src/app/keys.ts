interface Key {
  readonly key: string
  readonly shiftKey: boolean
  readonly isComposing: boolean
  readonly keyCode: number
}

/** The key belongs to an input method, which still composes a word. Old engines say 229. */
export function isComposing(event: Key): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Enter sends, unless it chooses a word of an input method or shift asks for a new line. */
export function submitsOn(event: Key): boolean {
  return event.key === 'Enter' && !event.shiftKey && !isComposing(event)
}
