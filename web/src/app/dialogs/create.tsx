import { useState } from 'preact/hooks'
import { useApp } from '../context.ts'
import { Dialog, namesIn } from '../dialog.tsx'
import { Suggestions } from './suggestions.tsx'

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { store, texts, open, fail } = useApp()
  const [people, setPeople] = useState('')
  const [name, setName] = useState('')
  const [isPublic, setPublic] = useState(false)
  const [busy, setBusy] = useState(false)
  const participants = namesIn(people)
  const make = async (channel: Parameters<typeof store.createChannel>[0]): Promise<void> => {
    setBusy(true)
    try {
      const channelId = await store.createChannel(channel)
      onClose()
      open(channelId)
    } catch (error) {
      fail(error)
      setBusy(false)
    }
  }
  const isGroup = name.trim() !== '' || participants.length > 1 || isPublic
  return (
    <Dialog title={texts.create.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void make({
            ...(participants.length > 0 && { participants }),
            ...(name.trim() !== '' && { name: name.trim() }),
            ...(isPublic ? { kind: 'public' as const } : isGroup && { kind: 'group' as const }),
          })
        }}
      >
        <label>
          {texts.create.with}
          <input
            autoFocus
            autocomplete="off"
            autocapitalize="none"
            value={people}
            onInput={(event) => setPeople(event.currentTarget.value)}
          />
          <small>{texts.create.withHint}</small>
        </label>
        <Suggestions
          text={people}
          onPick={(username) => setPeople(`${people.replace(/[^\s,;]*$/u, '')}${username} `)}
        />
        <label>
          {texts.create.name}
          <input dir="auto" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isPublic}
            onChange={(event) => setPublic(event.currentTarget.checked)}
          />
          {texts.create.public}
        </label>
        <div class="buttons">
          <button
            type="button"
            class="quiet"
            disabled={busy}
            onClick={() =>
              void make({ kind: 'direct', participants: [store.me.getSnapshot().username] })
            }
          >
            {texts.create.notes}
          </button>
          <button
            type="submit"
            class="primary"
            disabled={busy || (participants.length === 0 && name.trim() === '')}
          >
            {texts.create.create}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
