import type { MessageItem, UnsentItem } from '@rookery/client/store'
import type { ComponentChild } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { Markdown } from './markdown.tsx'
import { isComposing, submitsOn } from './keys.ts'

export interface RowProps {
  /** The sender and the time are shown only by the first of a group. */
  isFirstOfGroup: boolean
  name: string
}

const quick = ['👍', '❤️', '😂', '🎉']

/** One stored message, with what can be done to it. */
export function MessageRow({
  item,
  isFirstOfGroup,
  name,
  mayModerate,
  isTarget,
  editing,
  onEdit,
}: RowProps & {
  item: MessageItem
  mayModerate: boolean
  /** A link leads to it. */
  isTarget: boolean
  editing: boolean
  onEdit: (seq: number | null) => void
}) {
  const { texts, dates, store, toast, fail } = useApp()
  const [picking, setPicking] = useState(false)
  const { message, seq } = item
  const { channelId } = message
  const isDeleted = message.deletedAt !== undefined
  const me = store.me.getSnapshot().username
  const reactions = Object.entries(message.reactions ?? {})
  const hasReacted = (emoji: string): boolean => message.reactions?.[emoji]?.includes(me) === true
  const toggle = (emoji: string): void => {
    setPicking(false)
    const done = hasReacted(emoji)
      ? store.unreact(channelId, seq, emoji)
      : store.react(channelId, seq, emoji)
    done.catch(fail)
  }
  const removeReactions = (emoji: string, users: readonly string[]): void => {
    for (const user of users)
      store.unreact(channelId, seq, emoji, user === me ? undefined : user).catch(fail)
  }
  const copyLink = async (): Promise<void> => {
    const path = `/app/c/${encodeURIComponent(channelId)}/${seq}`
    await navigator.clipboard.writeText(new URL(path, location.href).href)
    toast(texts.message.copied)
  }
  const remove = (): void => {
    if (confirm(texts.message.confirmDelete)) store.deleteMessage(channelId, seq).catch(fail)
  }
  return (
    <article
      class={`row message ${isFirstOfGroup ? 'first' : ''} ${isTarget ? 'target' : ''} ${item.isMine ? 'mine' : ''}`}
      tabIndex={-1}
      data-key={item.key}
      data-seq={seq}
      aria-label={`${name}, ${dates.time(message.sentAt)}`}
    >
      <Side isFirst={isFirstOfGroup} name={name} at={message.sentAt} />
      <div class="body">
        {isFirstOfGroup && <Head name={name} at={message.sentAt} />}
        {isDeleted ? (
          <p class="deleted">{texts.message.deleted}</p>
        ) : editing ? (
          <EditBox
            text={message.content ?? ''}
            onCancel={() => onEdit(null)}
            onSave={(text) => {
              onEdit(null)
              if (text !== message.content) store.edit(channelId, seq, text).catch(fail)
            }}
          />
        ) : (
          <Markdown text={message.content ?? ''} copyLabel={texts.message.copyCode} />
        )}
        {message.editedAt !== undefined && !isDeleted && (
          <small class="mark" title={dates.full(message.editedAt)}>
            {texts.message.edited}
          </small>
        )}
        {item.pending !== null && (
          <small class="mark" role="status">
            {item.pending.state === 'failed' ? texts.message.failed : texts.message.sending}
            {item.pending.state === 'failed' && (
              <button
                type="button"
                class="link"
                onClick={() => void store.discardSend(item.pending?.localId ?? '')}
              >
                {texts.message.discard}
              </button>
            )}
          </small>
        )}
        {reactions.length > 0 && (
          <ul class="reactions">
            {reactions.map(([emoji, users]) => (
              <li key={emoji}>
                <button
                  type="button"
                  class="reaction"
                  aria-pressed={hasReacted(emoji)}
                  title={texts.message.reactedBy(users.slice(0, 20).join(', '), emoji)}
                  onClick={() => toggle(emoji)}
                >
                  <span aria-hidden="true">{emoji}</span>
                  <span class="sr">
                    {texts.message.reactedBy(users.slice(0, 20).join(', '), emoji)}
                  </span>
                  <span>{users.length}</span>
                </button>
                {mayModerate && users.some((user) => user !== me) && (
                  <button
                    type="button"
                    class="unreact"
                    title={texts.message.removeReactionOf(emoji)}
                    onClick={() => removeReactions(emoji, users)}
                  >
                    <span aria-hidden="true">✕</span>
                    <span class="sr">{texts.message.removeReactionOf(emoji)}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      {!isDeleted && !editing && (
        <div class="actions" role="group" aria-label={texts.message.more}>
          {quick.slice(0, 2).map((emoji) => (
            <button key={emoji} type="button" title={emoji} onClick={() => toggle(emoji)}>
              {emoji}
            </button>
          ))}
          <button
            type="button"
            title={texts.message.react}
            aria-expanded={picking}
            onClick={() => setPicking(!picking)}
          >
            ☺<span class="sr">{texts.message.react}</span>
          </button>
          <button type="button" title={texts.message.copyLink} onClick={() => void copyLink()}>
            🔗<span class="sr">{texts.message.copyLink}</span>
          </button>
          {item.isMine && (
            <button type="button" title={texts.message.edit} onClick={() => onEdit(seq)}>
              ✎<span class="sr">{texts.message.edit}</span>
            </button>
          )}
          {(item.isMine || mayModerate) && (
            <button type="button" title={texts.message.delete} onClick={remove}>
              🗑<span class="sr">{texts.message.delete}</span>
            </button>
          )}
          {picking && <EmojiPicker onPick={toggle} onClose={() => setPicking(false)} />}
        </div>
      )}
    </article>
  )
}

/** An own message that is not in the channel's order yet. */
export function UnsentRow({ item, isFirstOfGroup, name }: RowProps & { item: UnsentItem }) {
  const { texts, store } = useApp()
  const isOnline = store.connection.getSnapshot().state === 'connected'
  const state =
    item.state === 'failed'
      ? texts.message.failed
      : item.state === 'stored'
        ? texts.message.stored
        : isOnline
          ? texts.message.sending
          : texts.message.queued
  return (
    <article
      class={`row message mine unsent ${item.state} ${isFirstOfGroup ? 'first' : ''}`}
      tabIndex={-1}
      data-key={item.key}
    >
      <Side isFirst={isFirstOfGroup} name={name} at={item.writtenAt} />
      <div class="body">
        {isFirstOfGroup && <Head name={name} at={item.writtenAt} />}
        <Markdown text={item.content} copyLabel={texts.message.copyCode} />
        <small class="mark" role={item.state === 'failed' ? 'alert' : undefined}>
          {state}
          {item.error !== null && `: ${texts.errors[item.error.code] ?? item.error.message}`}
          {!item.durable && item.state !== 'stored' && ` · ${texts.composer.notKept}`}
          {item.state === 'failed' && (
            <>
              <button type="button" class="link" onClick={() => item.retry()}>
                {texts.message.retry}
              </button>
              <button type="button" class="link" onClick={() => item.discard()}>
                {texts.message.discard}
              </button>
            </>
          )}
        </small>
      </div>
    </article>
  )
}

function Side({ isFirst, name, at }: { isFirst: boolean; name: string; at: string | number }) {
  const { dates } = useApp()
  return (
    <div class="side" aria-hidden="true">
      {isFirst ? <Avatar name={name} /> : <time class="late">{dates.time(at)}</time>}
    </div>
  )
}

function Head({ name, at }: { name: string; at: string | number }): ComponentChild {
  const { dates } = useApp()
  return (
    <header>
      <bdi class="name">{name}</bdi>
      <time dateTime={new Date(at).toISOString()} title={dates.full(at)}>
        {dates.time(at)}
      </time>
    </header>
  )
}

function EditBox({
  text,
  onSave,
  onCancel,
}: {
  text: string
  onSave: (text: string) => void
  onCancel: () => void
}) {
  const { texts } = useApp()
  const [value, setValue] = useState(text)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(text.length, text.length)
  }, [])
  const save = (): void => (value.trim() === '' ? onCancel() : onSave(value))
  return (
    <div class="edit">
      <textarea
        ref={field}
        dir="auto"
        aria-label={texts.message.edit}
        rows={Math.min(10, value.split('\n').length + 1)}
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !isComposing(event)) {
            event.stopPropagation()
            onCancel()
          }
          if (submitsOn(event)) {
            event.preventDefault()
            save()
          }
        }}
      />
      <small>{texts.message.editHint}</small>
      <div class="buttons">
        <button type="button" class="quiet" onClick={onCancel}>
          {texts.message.cancel}
        </button>
        <button type="button" class="primary" onClick={save}>
          {texts.message.save}
        </button>
      </div>
    </div>
  )
}
