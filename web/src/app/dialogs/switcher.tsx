import { useState } from 'preact/hooks'
import { Avatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'
import { matching } from '../sidebar.tsx'
import { useSnapshot } from '../use-snapshot.ts'

const shown = 9

/** Goes to a channel by a part of its name. */
export function SwitcherDialog({ onClose }: { onClose: () => void }) {
  const { store, texts, open } = useApp()
  const { list } = useSnapshot(store.channels)
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState(0)
  const found = matching(list, query).slice(0, shown)
  const go = (channelId: string | undefined): void => {
    if (channelId === undefined) return
    onClose()
    open(channelId)
  }
  return (
    <Dialog title={texts.switcher.title} onClose={onClose}>
      <input
        autoFocus
        type="search"
        aria-controls="switcher-list"
        aria-activedescendant={found.length > 0 ? `switch-${chosen}` : undefined}
        aria-label={texts.switcher.hint}
        placeholder={texts.switcher.hint}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
          if (step !== 0 && found.length > 0) {
            event.preventDefault()
            setChosen((chosen + step + found.length) % found.length)
          }
          if (event.key === 'Enter') {
            event.preventDefault()
            go(found[chosen]?.channelId)
          }
        }}
      />
      <ul class="people" role="listbox" id="switcher-list" aria-label={texts.list.label}>
        {found.map(({ channelId, title, unread, peerPresence }, index) => (
          <li
            key={channelId}
            id={`switch-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(channelId)}
          >
            <Avatar name={title} status={peerPresence?.status} />
            <bdi>{title}</bdi>
            {unread > 0 && <span class="badge">{unread}</span>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="nothing">{texts.list.noMatch}</p>}
    </Dialog>
  )
}
