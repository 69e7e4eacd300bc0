import type { ChannelItem } from '@rookery/client/store'
import { bounds } from '@rookery/protocol/constants'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useApp } from './context.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { allEmoji, type Emoji, findEmoji } from './emoji.ts'
import { isComposing, submitsOn } from './keys.ts'
import { useSnapshot } from './use-snapshot.ts'

const maxHeightPx = 240
const suggestions = 6

/** The field in which a message is written. What stands in it is kept at every key. */
export function Composer({
  channel,
  onEditLast,
  nameOf,
}: {
  channel: ChannelItem
  onEditLast: () => void
  nameOf: (username: string) => string
}) {
  const { store, texts, fail } = useApp()
  const { channelId } = channel
  const drafts = useSnapshot(store.drafts)
  const outbox = useSnapshot(store.outbox)
  const text = drafts.get(channelId) ?? ''
  const field = useRef<HTMLTextAreaElement>(null)
  const [picking, setPicking] = useState(false)
  const [found, setFound] = useState<readonly Emoji[]>([])
  const [chosen, setChosen] = useState(0)

  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(maxHeightPx, element.scrollHeight)}px`
  }, [text, channelId])
  // At once, so that no key is lost that is pressed right after a channel was opened.
  useLayoutEffect(() => {
    // A phone's keyboard would cover the messages.
    if (matchMedia('(hover: hover)').matches) field.current?.focus()
    setFound([])
  }, [channelId])

  const change = (value: string): void => {
    store.setDraft(channelId, value)
    if (value !== '') store.typing(channelId)
    void suggest()
  }
  const suggest = async (): Promise<void> => {
    const query = emojiQuery(field.current)
    if (query === null) return setFound([])
    const table = await allEmoji()
    if (emojiQuery(field.current) !== query) return
    setFound(findEmoji(table, query, suggestions))
    setChosen(0)
  }
  const insert = (emoji: string): void => {
    const element = field.current
    if (element === null) return
    const begin = element.selectionStart - (emojiQuery(element)?.length ?? -1) - 1
    element.setRangeText(emoji, begin, element.selectionEnd, 'end')
    setFound([])
    setPicking(false)
    element.focus()
    store.setDraft(channelId, element.value)
  }
  const over = Array.from(text).length - bounds.contentMax
  const send = (): void => {
    if (text.trim() === '' || over > 0) return
    store.setDraft(channelId, '')
    store.send(channelId, text).catch((error: unknown) => {
      // Nothing that was written is lost.
      if ((store.drafts.getSnapshot().get(channelId) ?? '') === '') store.setDraft(channelId, text)
      fail(error)
    })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event)) return
    if (found.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) {
        event.preventDefault()
        setChosen((chosen + step + found.length) % found.length)
        return
      }
      const [emoji] = found[chosen] ?? []
      if ((event.key === 'Enter' || event.key === 'Tab') && emoji !== undefined) {
        event.preventDefault()
        insert(emoji)
        return
      }
      if (event.key === 'Escape') {
        event.stopPropagation()
        setFound([])
        return
      }
    }
    if (submitsOn(event)) {
      event.preventDefault()
      send()
    } else if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      onEditLast()
    }
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <p class="typing" aria-live="off">
        {typingText(channel.typing.map(nameOf), texts)}
      </p>
      {channel.peer?.isDeleted === true && <p class="warn">{texts.composer.deletedPeer}</p>}
      {!outbox.durable && (
        <p class="warn" role="status">
          {outbox.reason === 'full' ? texts.connection.full : texts.connection.forbidden}
        </p>
      )}
      {found.length > 0 && (
        <ul class="suggestions" role="listbox" id="emoji-suggestions">
          {found.map(([emoji, name], index) => (
            <li key={emoji} role="option" aria-selected={index === chosen}>
              <button type="button" tabIndex={-1} onClick={() => insert(emoji)}>
                {emoji} {name}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          aria-label={texts.composer.placeholder(channel.title)}
          placeholder={texts.composer.placeholder(channel.title)}
          aria-controls={found.length > 0 ? 'emoji-suggestions' : undefined}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          class="icon"
          aria-expanded={picking}
          title={texts.composer.emoji}
          onClick={() => setPicking(!picking)}
        >
          ☺<span class="sr">{texts.composer.emoji}</span>
        </button>
        <button type="submit" class="primary" disabled={text.trim() === '' || over > 0}>
          {texts.composer.send}
        </button>
      </div>
      {over > 0 && (
        <p class="warn" role="alert">
          {texts.composer.tooLong(over)}
        </p>
      )}
      {picking && <EmojiPicker onPick={insert} onClose={() => setPicking(false)} />}
    </form>
  )
}

/** The text after the colon before the caret, such as `smi` in `Hello :smi`. */
function emojiQuery(field: HTMLTextAreaElement | null): string | null {
  if (field === null || field.selectionStart !== field.selectionEnd) return null
  const before = field.value.slice(0, field.selectionStart)
  return /(?:^|\s):([\p{L}_]{2,30})$/u.exec(before)?.[1] ?? null
}

function typingText(
  names: readonly string[],
  { composer }: ReturnType<typeof useApp>['texts'],
): string {
  const [a, b] = names
  if (a === undefined) return ''
  if (b === undefined) return composer.typingOne(a)
  return names.length === 2 ? composer.typingTwo(a, b) : composer.typingMany
}
