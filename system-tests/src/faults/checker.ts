import type { Entry, History } from './history.ts'

/** One event as some reader found it; `text` is null when it is no message. */
export interface Found {
  seq: number
  text: string | null
}
/** Everything that a channel holds, read after the faults have stopped. */
export interface ChannelFound {
  channelId: string
  /** As each reader was told it: through two servers, from the stored rows, from an offline fold of the log. */
  readings: { by: string; events: readonly Found[] }[]
  /** Who was in the channel all the time. */
  members: readonly string[]
}

/** All promises that a run broke, each in one sentence; none is what is hoped for. */
export function violationsIn(history: History, channels: readonly ChannelFound[]): string[] {
  return [
    ...channels.flatMap(({ channelId, readings }) => [
      ...readings.flatMap(({ by, events }) => numberedWithoutGap(channelId, by, events)),
      ...readings.flatMap(({ by, events }) => noTextTwice(channelId, by, events)),
      ...readingsAgree(channelId, readings),
    ]),
    ...ackedIsStored(history, channels),
    ...nothingInvented(history, channels),
    ...oneMeaning(history, channels),
    ...shownInSteps(history),
    ...sessionOrder(history, channels),
    ...ackedBeforeSent(history),
    ...shownToEveryone(history, channels),
  ]
}

function numberedWithoutGap(channelId: string, by: string, events: readonly Found[]): string[] {
  const wrong = events.findIndex((event, index) => event.seq !== index + 1)
  return wrong < 0
    ? []
    : [`${channelId}: ${by} has seq ${events[wrong]?.seq} at place ${wrong + 1}`]
}

function noTextTwice(channelId: string, by: string, events: readonly Found[]): string[] {
  const seen = new Set<string>()
  return events.flatMap(({ text }) => {
    if (text === null) return []
    if (seen.has(text)) return [`${channelId}: ${by} has "${text}" twice`]
    seen.add(text)
    return []
  })
}

function readingsAgree(channelId: string, readings: ChannelFound['readings']): string[] {
  const [first, ...others] = readings
  if (first === undefined) return [`${channelId}: nobody could read it`]
  const expected = JSON.stringify(first.events)
  return others.flatMap(({ by, events }) =>
    JSON.stringify(events) === expected
      ? []
      : [`${channelId}: ${by} reads otherwise than ${first.by}`],
  )
}

function ackedIsStored(history: History, channels: readonly ChannelFound[]): string[] {
  const stored = textsOf(channels)
  return history.acked().flatMap(({ channelId, text, seq }) => {
    const at = stored.get(channelId)?.get(text)
    return at === seq ? [] : [`"${text}" was acked as ${seq} and is ${at ?? 'lost'}`]
  })
}

function nothingInvented(history: History, channels: readonly ChannelFound[]): string[] {
  const sent = new Set(
    history.entries.flatMap((entry) =>
      entry.kind === 'sent' ? [`${entry.channelId} ${entry.text}`] : [],
    ),
  )
  return [...textsOf(channels)].flatMap(([channelId, texts]) =>
    [...texts.keys()].flatMap((text) =>
      sent.has(`${channelId} ${text}`) ? [] : [`${channelId}: nobody sent "${text}"`],
    ),
  )
}

/** (channel, seq) means the same in every observation ever made. */
function oneMeaning(history: History, channels: readonly ChannelFound[]): string[] {
  const meaning = new Map<string, string | null>()
  for (const { channelId, readings } of channels)
    for (const { seq, text } of readings[0]?.events ?? []) meaning.set(`${channelId} ${seq}`, text)
  return history.entries.flatMap((entry) => {
    if (entry.kind !== 'shown' && entry.kind !== 'acked') return []
    const known = meaning.get(`${entry.channelId} ${entry.seq}`)
    return known === entry.text
      ? []
      : [
          `${entry.channelId} ${entry.seq} was ${entry.kind} to ${entry.user} as "${entry.text}", it is "${known}"`,
        ]
  })
}

/** Each user's view of a channel grows by exactly one at a time. */
function shownInSteps(history: History): string[] {
  const last = new Map<string, number>()
  return history.entries.flatMap((entry) => {
    if (entry.kind !== 'shown') return []
    const key = `${entry.user} ${entry.channelId}`
    const before = last.get(key)
    last.set(key, entry.seq)
    return before === undefined || entry.seq === before + 1
      ? []
      : [`${entry.user} was shown ${entry.seq} of ${entry.channelId} after ${before}`]
  })
}

/** What one user sent into one channel has the order in which it was sent. */
function sessionOrder(history: History, channels: readonly ChannelFound[]): string[] {
  const stored = textsOf(channels)
  const last = new Map<string, { seq: number; text: string }>()
  return history.entries.flatMap((entry) => {
    if (entry.kind !== 'sent') return []
    const seq = stored.get(entry.channelId)?.get(entry.text)
    if (seq === undefined) return []
    const key = `${entry.user} ${entry.channelId}`
    const before = last.get(key)
    last.set(key, { seq, text: entry.text })
    return before === undefined || before.seq < seq
      ? []
      : [`"${entry.text}" was sent after "${before.text}" and stands before it`]
  })
}

/** An ack before another's send means a smaller seq. */
function ackedBeforeSent(history: History): string[] {
  const highest = new Map<string, number>()
  const floor = new Map<string, number>()
  const violations: string[] = []
  for (const entry of history.entries) {
    if (entry.kind === 'sent')
      floor.set(`${entry.channelId} ${entry.text}`, highest.get(entry.channelId) ?? 0)
    if (entry.kind !== 'acked') continue
    const least = floor.get(`${entry.channelId} ${entry.text}`) ?? 0
    if (entry.seq <= least)
      violations.push(`"${entry.text}" was sent when ${least} was acked, and got ${entry.seq}`)
    highest.set(entry.channelId, Math.max(highest.get(entry.channelId) ?? 0, entry.seq))
  }
  return violations
}

function shownToEveryone(history: History, channels: readonly ChannelFound[]): string[] {
  const shown = new Map<string, number>()
  for (const entry of history.entries)
    if (entry.kind === 'shown') shown.set(`${entry.user} ${entry.channelId}`, entry.seq)
  return channels.flatMap(({ channelId, readings, members }) => {
    const head = readings[0]?.events.at(-1)?.seq ?? 0
    return members.flatMap((user) => {
      const seen = shown.get(`${user} ${channelId}`) ?? 0
      return seen >= head
        ? []
        : [`${user} was shown ${channelId} up to ${seen}, its head is ${head}`]
    })
  })
}

function textsOf(channels: readonly ChannelFound[]): Map<string, Map<string, number>> {
  return new Map(
    channels.map(({ channelId, readings }) => [
      channelId,
      new Map(
        (readings[0]?.events ?? []).flatMap(({ seq, text }): [string, number][] =>
          text === null ? [] : [[text, seq]],
        ),
      ),
    ]),
  )
}

/** For the report: how much was seen. */
export function countsOf(history: History): Record<Entry['kind'], number> {
  const counts = { sent: 0, acked: 0, refused: 0, shown: 0 }
  for (const entry of history.entries) counts[entry.kind] += 1
  return counts
}
