import { useEffect, useRef, useState } from 'preact/hooks'
import { useApp } from './context.ts'
import { allEmoji, type Emoji, findEmoji } from './emoji.ts'

const shown = 160

export function EmojiPicker({
  onPick,
  onClose,
}: {
  onPick: (emoji: string) => void
  onClose: () => void
}) {
  const { texts, fail } = useApp()
  const [table, setTable] = useState<readonly Emoji[]>([])
  const [query, setQuery] = useState('')
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    allEmoji().then(setTable, fail)
    root.current?.querySelector('input')?.focus()
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) onClose()
    }
    const timer = setTimeout(() => document.addEventListener('click', outside))
    return () => {
      clearTimeout(timer)
      document.removeEventListener('click', outside)
    }
  }, [])
  return (
    <div
      ref={root}
      class="picker"
      role="dialog"
      aria-label={texts.message.react}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <input
        type="search"
        aria-label={texts.composer.emoji}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <div class="grid">
        {findEmoji(table, query, shown).map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            title={name}
            aria-label={name}
            onClick={() => onPick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </div>
  )
}
