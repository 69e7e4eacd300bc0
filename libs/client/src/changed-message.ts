import type { Message } from '@rookery/protocol'
import type { FeedEvent } from './incoming.ts'

/** An event that changes a message. */
export type MessageChange = Extract<FeedEvent, { targetSeq: number }>

/** The message that this event made, as it was then. */
export function messageOf(event: Extract<FeedEvent, { type: 'chat_message' }>): Message {
  const { requestId: _requestId, ...message } = event
  if (event.content !== '') return message
  // `sync` blanks the text of a deleted message, and does not say when it was deleted.
  const { content: _content, metadata: _metadata, ...deleted } = message
  return { ...deleted, deletedAt: event.sentAt }
}

/** The message after this change of it. */
export function messageAfter(message: Message, event: MessageChange): Message {
  switch (event.type) {
    case 'message_edited': {
      if (event.content === '') return message
      const { metadata: _metadata, ...rest } = message
      const metadata = event.metadata === undefined ? {} : { metadata: event.metadata }
      return { ...rest, ...metadata, content: event.content, editedAt: event.at }
    }
    case 'message_deleted': {
      const { content: _content, metadata: _metadata, reactions: _reactions, ...rest } = message
      return { ...rest, deletedAt: event.at }
    }
    case 'reaction_added':
    case 'reaction_removed': {
      const others = message.reactions?.[event.emoji]?.filter((name) => name !== event.by) ?? []
      const names = event.type === 'reaction_added' ? [...others, event.by] : others
      const { [event.emoji]: _replaced, ...rest } = message.reactions ?? {}
      return { ...message, reactions: names.length > 0 ? { ...rest, [event.emoji]: names } : rest }
    }
  }
}
