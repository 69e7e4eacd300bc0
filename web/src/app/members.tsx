import type { ChannelItem } from '@rookery/client/store'
import type { Participant } from '@rookery/protocol'
import { useState } from 'preact/hooks'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { Suggestions } from './dialogs/suggestions.tsx'
import { namesIn } from './dialog.tsx'
import { useSnapshot } from './use-snapshot.ts'

/** The members of a channel, and what may be done with them. */
export function MembersPanel({ channel, onClose }: { channel: ChannelItem; onClose: () => void }) {
  const { store, texts, fail, open } = useApp()
  const members = store.members(channel.channelId)
  const { members: list, more } = useSnapshot(members)
  const me = store.me.getSnapshot().username
  const myRole = list.find(({ username }) => username === me)?.role ?? 'member'
  const mayManage = channel.kind !== 'direct' && myRole !== 'member'
  const mayInvite = channel.kind === 'public' || mayManage || channel.kind === 'group'
  const leave = (): void => {
    if (confirm(texts.members.confirmLeave(channel.title)))
      store.leave(channel.channelId).catch(fail)
  }
  return (
    <aside class="panel" aria-label={texts.channel.details}>
      <header>
        <h2>{texts.members.title}</h2>
        <button type="button" class="icon" title={texts.members.close} onClick={onClose}>
          <span aria-hidden="true">✕</span>
          <span class="sr">{texts.members.close}</span>
        </button>
      </header>
      {mayManage && <ChannelForm channel={channel} />}
      {channel.kind !== 'direct' && mayInvite && <InviteForm channelId={channel.channelId} />}
      <p class="count">{texts.members.count(channel.memberCount)}</p>
      <ul class="people">
        {list.map((member) => (
          <li key={member.username}>
            <Avatar name={member.displayName} status={member.status} />
            <span class="who">
              <bdi>{member.displayName}</bdi>
              <small>
                @{member.username}
                {member.role !== 'member' && ` · ${texts.roles[member.role]}`}
              </small>
            </span>
            {member.username !== me && (
              <MemberActions
                channel={channel}
                member={member}
                myRole={myRole}
                onMessage={() => {
                  store.createChannel({ participants: [member.username] }).then(open, fail)
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="quiet" onClick={() => void members.loadMore().catch(fail)}>
          {texts.members.more}
        </button>
      )}
      {channel.kind !== 'direct' && (
        <button type="button" class="danger" onClick={leave}>
          {texts.members.leave}
        </button>
      )}
    </aside>
  )
}

function MemberActions({
  channel,
  member,
  myRole,
  onMessage,
}: {
  channel: ChannelItem
  member: Participant
  myRole: Participant['role']
  onMessage: () => void
}) {
  const { store, texts, fail } = useApp()
  const { channelId, kind } = channel
  const { username, role } = member
  const act = (done: Promise<unknown>): void => void done.catch(fail)
  const mayRemove =
    kind !== 'direct' && (myRole === 'owner' || (myRole === 'admin' && role === 'member'))
  return (
    <details class="menu">
      <summary title={texts.members.actions(member.displayName)}>
        <span aria-hidden="true">⋯</span>
        <span class="sr">{texts.members.actions(member.displayName)}</span>
      </summary>
      <div class="menu-items">
        <button type="button" onClick={onMessage}>
          {texts.members.message}
        </button>
        {kind !== 'direct' && myRole === 'owner' && role === 'member' && (
          <button type="button" onClick={() => act(store.setRole(channelId, username, 'admin'))}>
            {texts.members.makeAdmin}
          </button>
        )}
        {kind !== 'direct' && myRole === 'owner' && role === 'admin' && (
          <button type="button" onClick={() => act(store.setRole(channelId, username, 'member'))}>
            {texts.members.makeMember}
          </button>
        )}
        {kind !== 'direct' && myRole === 'owner' && (
          <button type="button" onClick={() => act(store.setRole(channelId, username, 'owner'))}>
            {texts.members.makeOwner}
          </button>
        )}
        {mayRemove && (
          <button type="button" onClick={() => act(store.remove(channelId, username))}>
            {texts.members.remove}
          </button>
        )}
      </div>
    </details>
  )
}

function ChannelForm({ channel }: { channel: ChannelItem }) {
  const { store, texts, fail } = useApp()
  const [name, setName] = useState(channel.name ?? '')
  const [topic, setTopic] = useState(channel.topic ?? '')
  const save = async (): Promise<void> => {
    if (name.trim() !== (channel.name ?? '') && name.trim() !== '')
      await store.rename(channel.channelId, name.trim())
    if (topic !== (channel.topic ?? '')) await store.setTopic(channel.channelId, topic)
  }
  return (
    <details>
      <summary>{texts.channel.settings}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save().catch(fail)
        }}
      >
        <label>
          {texts.channel.name}
          <input dir="auto" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {texts.channel.topic}
          <input
            dir="auto"
            maxLength={250}
            value={topic}
            onInput={(event) => setTopic(event.currentTarget.value)}
          />
        </label>
        <button class="quiet">{texts.channel.save}</button>
      </form>
    </details>
  )
}

function InviteForm({ channelId }: { channelId: string }) {
  const { store, texts, fail } = useApp()
  const [names, setNames] = useState('')
  return (
    <details>
      <summary>{texts.members.invite}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          store.invite(channelId, namesIn(names)).then(() => setNames(''), fail)
        }}
      >
        <label>
          {texts.members.inviteLabel}
          <input
            autocomplete="off"
            autocapitalize="none"
            value={names}
            onInput={(event) => setNames(event.currentTarget.value)}
          />
          <small>{texts.members.inviteHint}</small>
        </label>
        <Suggestions
          text={names}
          onPick={(username) => setNames(`${names.replace(/[^\s,;]*$/u, '')}${username} `)}
        />
        <button class="quiet" disabled={namesIn(names).length === 0}>
          {texts.members.invite}
        </button>
      </form>
    </details>
  )
}
