import { canonicalEmoji } from './emoji.ts'
import { bounds } from './bounds.ts'
import { showsSomething } from './names.ts'
import { text } from './text.ts'
import { utf8Length } from './unicode.ts'

export const contentSchema = text(1, bounds.contentMax)
  .refine(showsSomething, 'must have a visible character')
  .meta({
    description:
      '1 to 4,000 code points of well-formed Unicode without U+0000, at least one of them visible',
  })

const reaction = text(1, bounds.emojiMaxBytes).refine(
  (emoji) => utf8Length(emoji) <= bounds.emojiMaxBytes,
  `must be at most ${bounds.emojiMaxBytes} bytes in UTF-8`,
)

/** One emoji in any spelling. The result is its fully qualified spelling. */
export const emojiSchema = reaction
  .refine((emoji) => canonicalEmoji(emoji) !== null, 'must be one emoji')
  .transform((emoji) => canonicalEmoji(emoji) ?? emoji)

/** Also accepts any other text, because reactions that were stored earlier need not be emoji. */
export const removableEmojiSchema = reaction.transform((emoji) => canonicalEmoji(emoji) ?? emoji)
