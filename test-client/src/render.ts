import type { InRoom, Report } from './report.ts'
import { isolatedLabel, labelOf } from './labels.ts'
import { shownTime } from './times.ts'
import { isolated, quoted, reactionText, visible, visibleLines } from './visible.ts'

/** The style of the parts of a line: colours on a terminal, nothing in a pipe. */
export interface Paint {
  room: (text: string) => string
  name: (text: string) => string
  dim: (text: string) => string
  good: (text: string) => string
  bad: (text: string) => string
}

export const noPaint: Paint = {
  room: (text) => text,
  name: (text) => text,
  dim: (text) => text,
  good: (text) => text,
  bad: (text) => text,
}

export interface Style {
  paint: Paint
  /**
   * True for a person at a terminal: without ids and codes, with the line breaks of messages. False
   * for one line per report, with everything that a script may need.
   */
  forPeople: boolean
}

/** The report as text. */
export function renderText(
  report: Report,
  { paint, forPeople }: Style = { paint: noPaint, forPeople: false },
): string {
  const name = (username: string) => paint.name(visible(username))
  const where = (place: InRoom) =>
    paint.room(`[${forPeople ? isolatedLabel(place) : labelOf(place)}]`)
  const content = (text: string) => (forPeople ? isolated(visibleLines(text)) : visible(text))
  const code = (failed: { code: string }) => (forPeople ? '' : ` ${failed.code}`)
  const id = (text: string) => (forPeople ? '' : ` ${paint.dim(text)}`)
  const seqOf = (seq: number) => paint.dim(`#${seq}`)
  switch (report.type) {
    case 'message':
      return `${paint.dim(shownTime(report.sentAt))} ${where(report)} ${seqOf(report.seq)} ${name(report.senderId)}: ${said(report, paint, content)}`
    case 'sent':
      return `${paint.good('sent')} ${where(report)} ${seqOf(report.seq)} ${content(report.content)}`
    case 'edited':
      return `${where(report)} ${name(report.by)} edited ${seqOf(report.seq)}: ${content(report.content)}`
    case 'deleted':
      return `${where(report)} ${name(report.by)} deleted ${seqOf(report.seq)}`
    case 'reaction': {
      const did = report.added ? 'reacted to' : 'took back a reaction to'
      return `${where(report)} ${name(report.by)} ${did} ${seqOf(report.seq)}: ${reactionText(report.emoji)}`
    }
    case 'joined': {
      const by = report.by === report.username ? '' : `, added by ${name(report.by)}`
      return `${where(report)} ${name(report.username)} joined${by}`
    }
    case 'left': {
      const how = report.by === report.username ? 'left' : `was removed by ${name(report.by)}`
      return `${where(report)} ${name(report.username)} ${how}`
    }
    case 'role':
      return `${where(report)} ${name(report.by)} made ${name(report.username)} ${report.role}`
    case 'updated':
      return `${where(report)} ${name(report.by)} ${updated(report)}`
    case 'created':
      return `${where(report)} created by ${name(report.by)}${id(report.channelId)}`
    case 'added':
      return `${where(report)} you were added by ${name(report.by)}${id(report.channelId)}`
    case 'removed':
      return `${where(report)} you are no longer a member`
    case 'read':
      return `${where(report)} ${name(report.username)} has read up to ${seqOf(report.lastReadSeq)}`
    case 'typing':
      return `${where(report)} ${name(report.username)} is typing…`
    case 'reset':
      return `${where(report)} was reset: some of what was shown may be gone`
    case 'presence': {
      const text = report.text === undefined ? '' : ` ${quoted(report.text)}`
      return `${name(report.username)} is ${report.status}${text}`
    }
    case 'registered':
      return `${paint.good('registered')} new account ${name(report.username)}`
    case 'connected': {
      const to = forPeople ? '' : ` to ${report.serverId}`
      return `${paint.good('connected')}${to} as ${name(report.username)}`
    }
    case 'reconnected': {
      const { resent, behind } = report
      const to = forPeople ? '' : ` to ${report.serverId}`
      return `${paint.good('reconnected')}${to}: ${count(resent, 'message')} sent again, ${count(behind, 'room')} to catch up`
    }
    case 'reconnecting': {
      const what = paint.bad(report.resumes ? 'connection lost' : 'not connected')
      return `${what}: ${visible(report.why)}; next attempt in ${seconds(report.delayMs)}`
    }
    case 'draining':
      return `this server goes away; moving in ${seconds(report.reconnectAfterMs)}`
    case 'synced':
      return `caught up: ${count(report.events, 'event')}`
    case 'disconnected':
      return `${paint.bad('disconnected')}${code(report)}: ${visible(report.message)}`
    case 'entered':
      return `now in ${where(report)}${id(report.channelId)}`
    case 'channel': {
      const what = forPeople ? '' : `channel ${paint.dim(report.channelId)} `
      return `${what}${where(report)} ${channelFacts(report)}`
    }
    case 'member': {
      const other = otherName(report)
      const status = report.deleted === true ? 'account deleted' : report.status
      return `member ${name(report.username)}${other} ${report.role}, ${status}`
    }
    case 'user': {
      const seen =
        report.lastSeen === null ? 'never seen' : `last seen ${shownTime(report.lastSeen)}`
      return `user ${name(report.username)}${otherName(report)} ${report.status}, ${seen}`
    }
    case 'device': {
      const current = report.current ? ', this one' : ''
      const device = report.device === undefined ? '' : ` ${quoted(report.device)}`
      const times = `since ${shownTime(report.startedAt)}, used ${shownTime(report.usedAt)}`
      return `device ${report.id}${device} ${times}${current}`
    }
    case 'unread':
      return `unread ${report.unread} ${where(report)}${id(report.channelId)}`
    case 'rooms': {
      const unread =
        report.unreadRooms === 0 ? 'nothing unread' : `${report.unreadRooms} with unread`
      return `you are in ${count(report.rooms, 'room')}, ${unread}: /channels lists them`
    }
    case 'done':
      return visible(report.text)
    case 'help':
      return `${paint.name(report.usage.padEnd(44))} ${report.summary}`
    case 'error': {
      const command = report.command === undefined ? '' : ` /${visible(report.command)}`
      // The faulty part of a request does not interest a person.
      const message = visible(report.message.replace(/^(body|querystring|params)\./, ''))
      return `${paint.bad('error')}${command}${code(report)}: ${message}`
    }
  }
}

function said(
  report: Extract<Report, { type: 'message' }>,
  paint: Paint,
  content: (text: string) => string,
): string {
  if (report.deletedAt !== undefined) return paint.dim('(deleted)')
  const edited = report.editedAt === undefined ? '' : paint.dim(' (edited)')
  const reactions = Object.entries(report.reactions ?? {})
    .filter(([, by]) => by.length > 0)
    .map(([emoji, by]) => ` ${reactionText(emoji)}${by.length > 1 ? by.length : ''}`)
    .join('')
  return `${content(report.content)}${edited}${reactions}`
}

function updated({ name, topic }: Extract<Report, { type: 'updated' }>): string {
  const did: string[] = []
  if (name !== undefined) did.push(`renamed it to ${quoted(name)}`)
  if (topic !== undefined)
    did.push(topic === '' ? 'removed the topic' : `set the topic: ${quoted(topic)}`)
  return did.join(' and ')
}

function channelFacts(report: Extract<Report, { type: 'channel' }>): string {
  const facts: string[] = [report.kind, count(report.memberCount, 'member')]
  if (report.member) facts.push(`${report.unread} unread`)
  if (report.topic !== undefined && report.topic !== '') facts.push(quoted(report.topic))
  return facts.join(', ')
}

function otherName({ username, displayName }: { username: string; displayName: string }): string {
  return displayName === username ? '' : ` ${quoted(displayName)}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
