import type { ChannelItem, Timeline } from '@rookery/client/store'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Avatar } from './avatar.tsx'
import { Composer } from './composer.tsx'
import { useApp } from './context.ts'
import { MembersPanel } from './members.tsx'
import { TimelineView } from './timeline-view.tsx'
import { useSnapshot } from './use-snapshot.ts'

/** One channel: its title, its messages, and the field to write in. */
export function ChannelPage({
  channel,
  seq,
  onBack,
}: {
  channel: ChannelItem
  seq: number | undefined
  onBack: () => void
}) {
  const { store, texts, dates } = useApp()
  const { channelId } = channel
  const timeline = useMemo(() => store.timeline(channelId), [channelId])
  const members = useSnapshot(store.members(channelId)).members
  const me = useSnapshot(store.me)
  const [editing, setEditing] = useState<number | null>(null)
  const [showsMembers, setShowsMembers] = useState(false)
  useEffect(() => {
    setEditing(null)
    return () => timeline.leave()
  }, [timeline])

  const names = useMemo(
    () => new Map(members.map(({ username, displayName }) => [username, displayName])),
    [members],
  )
  const nameOf = useMemo(
    () => (username: string) =>
      username === me.username ? me.displayName : (names.get(username) ?? username),
    [names, me],
  )
  const myRole = members.find(({ username }) => username === me.username)?.role
  const presence = channel.peerPresence
  return (
    <>
      <main class="channel" aria-label={channel.title}>
        <header class="top">
          <button type="button" class="icon back" title={texts.list.back} onClick={onBack}>
            <span aria-hidden="true">←</span>
            <span class="sr">{texts.list.back}</span>
          </button>
          <Avatar name={channel.title} status={presence?.status} />
          <div class="who">
            <h1 dir="auto">{channel.isNotes ? texts.list.yourNotes : channel.title}</h1>
            <small dir="auto">
              {channel.kind === 'direct'
                ? presence === null
                  ? ''
                  : presence.text ||
                    (presence.status === 'offline' && presence.lastSeen !== null
                      ? texts.me.lastSeen(dates.short(presence.lastSeen))
                      : texts.me[presence.status])
                : channel.topic || texts.members.count(channel.memberCount)}
            </small>
          </div>
          <button
            type="button"
            class="icon"
            aria-expanded={showsMembers}
            title={texts.channel.details}
            onClick={() => setShowsMembers(!showsMembers)}
          >
            <span aria-hidden="true">☰</span>
            <span class="sr">{texts.channel.details}</span>
          </button>
        </header>
        <TimelineView
          key={channelId}
          timeline={timeline}
          channel={channel}
          mayModerate={channel.kind !== 'direct' && (myRole === 'owner' || myRole === 'admin')}
          target={seq}
          editing={editing}
          onEdit={setEditing}
          nameOf={nameOf}
        />
        <Composer
          channel={channel}
          nameOf={nameOf}
          onEditLast={() => setEditing(lastOwn(timeline))}
        />
      </main>
      {showsMembers && <MembersPanel channel={channel} onClose={() => setShowsMembers(false)} />}
    </>
  )
}

function lastOwn(timeline: Timeline): number | null {
  const own = timeline
    .getSnapshot()
    .items.findLast(
      (item) => item.kind === 'message' && item.isMine && item.message.deletedAt === undefined,
    )
  return own?.kind === 'message' ? own.seq : null
}
