import type { InRoom, Report } from './report.ts'
import { visible } from './visible.ts'

/** How parts of a line are told apart: colours on a terminal, nothing in a pipe. */
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

/** The report as one line of text. */
export function renderText(report: Report, paint: Paint = noPaint): string {
  const name = (username: string) => paint.name(visible(username))
  const where = (place: InRoom) => paint.room(`[${visible(place.room)}]`)
  const seqOf = (seq: number) => paint.dim(`#${seq}`)
  switch (report.type) {
    case 'message':
      return `${where(report)} ${seqOf(report.seq)} ${name(report.senderId)}: ${said(report, paint)}`
    case 'sent':
      return `${paint.good('sent')} ${where(report)} ${seqOf(report.seq)} ${visible(report.content)}`
    case 'edited':
      return `${where(report)} ${name(report.by)} edited ${seqOf(report.seq)}: ${visible(report.content)}`
    case 'deleted':
      return `${where(report)} ${name(report.by)} deleted ${seqOf(report.seq)}`
    case 'reaction': {
      const did = report.added ? 'reacted to' : 'took back a reaction to'
      return `${where(report)} ${name(report.by)} ${did} ${seqOf(report.seq)}: ${visible(report.emoji)}`
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
      return `${where(report)} created by ${name(report.by)} ${paint.dim(report.channelId)}`
    case 'added':
      return `${where(report)} you were added by ${name(report.by)} ${paint.dim(report.channelId)}`
    case 'removed':
      return `${where(report)} you are no longer a member`
    case 'read':
      return `${where(report)} ${name(report.username)} has read up to ${seqOf(report.lastReadSeq)}`
    case 'typing':
      return `${where(report)} ${name(report.username)} is typing…`
    case 'reset':
      return `${where(report)} began anew: what was shown of it may be gone`
    case 'presence': {
      const text = report.text === undefined ? '' : ` (${visible(report.text)})`
      return `${name(report.username)} is ${report.status}${text}`
    }
    case 'connected':
      return `${paint.good('connected')} to ${report.serverId} as ${name(report.username)}`
    case 'reconnected': {
      const { resent, behind } = report
      return `${paint.good('reconnected')} to ${report.serverId}: ${count(resent, 'message')} sent again, ${count(behind, 'room')} to catch up`
    }
    case 'reconnecting':
      return `${paint.bad('connection lost')}: ${visible(report.why)}; next attempt in ${seconds(report.delayMs)}`
    case 'draining':
      return `this server goes away; moving in ${seconds(report.reconnectAfterMs)}`
    case 'synced':
      return `caught up: ${count(report.events, 'event')}`
    case 'disconnected':
      return `${paint.bad('disconnected')} ${report.code}: ${visible(report.message)}`
    case 'entered':
      return `now in ${where(report)} ${paint.dim(report.channelId)}`
    case 'channel':
      return `channel ${paint.dim(report.channelId)} ${where(report)} ${channelFacts(report)}`
    case 'member': {
      const other = otherName(report)
      return `member ${name(report.username)}${other} ${report.role}, ${report.status}`
    }
    case 'user': {
      const seen = report.lastSeen === null ? 'never seen' : `last seen ${report.lastSeen}`
      return `user ${name(report.username)}${otherName(report)} ${report.status}, ${seen}`
    }
    case 'device': {
      const current = report.current ? ', this one' : ''
      const device = report.device === undefined ? '' : ` ${visible(report.device)}`
      return `device ${report.id}${device} since ${report.startedAt}, used ${report.usedAt}${current}`
    }
    case 'unread':
      return `unread ${report.unread} ${where(report)} ${paint.dim(report.channelId)}`
    case 'done':
      return visible(report.text)
    case 'help':
      return `${paint.name(report.usage.padEnd(44))} ${report.summary}`
    case 'error': {
      const command = report.command === undefined ? '' : ` /${visible(report.command)}`
      return `${paint.bad('error')}${command} ${report.code}: ${visible(report.message)}`
    }
  }
}

function said(report: Extract<Report, { type: 'message' }>, paint: Paint): string {
  if (report.deletedAt !== undefined) return paint.dim('(deleted)')
  const edited = report.editedAt === undefined ? '' : paint.dim(' (edited)')
  const reactions = Object.entries(report.reactions ?? {})
    .filter(([, by]) => by.length > 0)
    .map(([emoji, by]) => ` ${visible(emoji)}${by.length > 1 ? by.length : ''}`)
    .join('')
  return `${visible(report.content)}${edited}${reactions}`
}

function updated({ name, topic }: Extract<Report, { type: 'updated' }>): string {
  const did: string[] = []
  if (name !== undefined) did.push(`renamed it to "${visible(name)}"`)
  if (topic !== undefined)
    did.push(topic === '' ? 'removed the topic' : `set the topic: ${visible(topic)}`)
  return did.join(' and ')
}

function channelFacts(report: Extract<Report, { type: 'channel' }>): string {
  const facts: string[] = [report.kind, count(report.memberCount, 'member')]
  if (report.member) facts.push(`${report.unread} unread`)
  if (report.topic !== undefined && report.topic !== '') facts.push(visible(report.topic))
  return facts.join(', ')
}

function otherName({ username, displayName }: { username: string; displayName: string }): string {
  return displayName === username ? '' : ` "${visible(displayName)}"`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
