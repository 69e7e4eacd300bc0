import emojiRegex from 'emoji-regex'

const variationSelectors = /[\uFE0E\uFE0F]/gu
const needsVariationSelector = /(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})/gu
const asEmoji = '\uFE0F'

/**
 * The one spelling of an emoji, fully qualified: `❤` and `❤️` both give `❤️`.
 * Null: the text is not exactly one emoji.
 */
export function canonicalEmoji(text: string): string | null {
  const canonical = text
    .replace(variationSelectors, '')
    .replace(needsVariationSelector, `$&${asEmoji}`)
  return canonical.match(emojiRegex())?.[0] === canonical ? canonical : null
}

/** The spelling of an emoji without variation selectors, under which it may have been stored. */
export function bareEmoji(emoji: string): string {
  return emoji.replace(variationSelectors, '')
}
