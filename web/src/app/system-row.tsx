import type { SystemItem } from '@rookery/client/store'
import { useApp } from './context.ts'

/** What happened to the channel, in one line. */
export function SystemRow({
  item,
  nameOf,
}: {
  item: SystemItem
  nameOf: (username: string) => string
}) {
  const { texts, dates } = useApp()
  return (
    <p class="system" data-key={item.key} data-seq={item.seq}>
      <bdi>{systemText(item, nameOf, texts)}</bdi>{' '}
      <time title={dates.full(item.at)}>{dates.time(item.at)}</time>
    </p>
  )
}

function systemText(
  { event, by }: SystemItem,
  nameOf: (username: string) => string,
  { events, roles }: ReturnType<typeof useApp>['texts'],
): string {
  const who = nameOf(by)
  switch (event.type) {
    case 'channel_created':
      return events.channel_created(who)
    case 'participant_joined':
      return event.username === by ? events.joined(who) : events.added(who, nameOf(event.username))
    case 'participant_left':
      return event.username === by ? events.left(who) : events.removed(who, nameOf(event.username))
    case 'role_changed':
      return events.role(who, nameOf(event.username), roles[event.role])
    case 'channel_updated':
      if (event.name !== undefined) return events.renamed(who, event.name)
      return event.topic === undefined || event.topic === ''
        ? events.topicRemoved(who)
        : events.topic(who, event.topic)
  }
}
