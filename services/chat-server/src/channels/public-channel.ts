import { lookKeys, publicChannelIds } from '@rookery/domain'
import type { ChannelRow, MessageStore } from '@rookery/message-store'

/** The public channel that has this name, or one that looks like it; null: the name is free. */
export async function findPublicChannel(
  store: Pick<MessageStore, 'channels' | 'publicNames'>,
  name: string,
): Promise<ChannelRow | null> {
  const ids = publicChannelIds(name)
  const rows = await store.channels(ids)
  const exact = ids.find((id) => rows.has(id))
  if (exact !== undefined) return rows.get(exact) ?? null
  for (const key of lookKeys(name)) {
    // A prefix finds longer keys, too, but the key itself comes first.
    const [first] = await store.publicNames({ prefix: key, limit: 1 })
    if (first?.entry.key === key) return first.channel
  }
  return null
}
