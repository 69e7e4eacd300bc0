import { describe, expect, it } from '@jest/globals'
import { BridgeError, type OutgoingRecord } from '@rookery/bridge'
import { directChannelId, type EventRow } from '@rookery/domain'
import { createLogger } from '@rookery/service-kit'
import { WorkerMailbox, type WorkerMailboxDeps } from './worker-mailbox.ts'

const channelId = directChannelId('ann', 'walt')

function message(seq: number): EventRow {
  return {
    channelId,
    seq,
    user: 'ann',
    position: { epoch: 1, offset: seq },
    body: { type: 'chat_message' },
    text: { content: `text ${seq}` },
  } as unknown as EventRow
}

/** A mailbox of the worker `walt`. `failing`: how many calls fail at first. */
function world(failing: { advanceCursor?: number; write?: number } = {}) {
  const left = { advanceCursor: 0, write: 0, ...failing }
  const written: number[] = []
  let cursor = 0
  let isSure = true
  let settle: () => void = () => undefined
  const deps = {
    bridge: {
      write: async (_inbox: string, { origin }: OutgoingRecord) => {
        written.push(origin.seq)
        if (left.write-- > 0) throw new BridgeError('unknown', 'no answer')
      },
      lastWritten: async () => {
        const seq = written.at(-1)
        return new Map(seq === undefined ? [] : [[channelId, { epoch: 1, seq }]])
      },
    },
    manager: {
      keeper: { open: async () => undefined, quitting: new Set(), inboxes: new Set() },
      registry: { workers: new Map([['walt', {}]]) },
    },
    store: {
      cursor: async () => cursor,
      advanceCursor: async (_key: unknown, seq: number) => {
        if (left.advanceCursor-- > 0) throw new Error('the store is away')
        cursor = seq
        settle()
      },
      events: async (_channelId: string, { after }: { after: number }) =>
        [1, 2, 3].filter((seq) => seq > after).map(message),
    },
    stillSure: () => isSure,
    logger: createLogger('presence', { level: 'silent' }),
    onWritten: () => undefined,
  }
  const mailbox = new WorkerMailbox(
    'walt',
    deps as unknown as WorkerMailboxDeps,
    0,
    new AbortController().signal,
  )
  return {
    mailbox,
    written,
    unsure: () => (isSure = false),
    cursorAt: async (seq: number) => {
      while (cursor < seq) await new Promise<void>((resolve) => (settle = resolve))
    },
  }
}

describe('WorkerMailbox', () => {
  it('writes each message once although the cursor cannot be moved at first', async () => {
    const { mailbox, written, cursorAt } = world({ advanceCursor: 2 })
    mailbox.addChannel(channelId)
    await cursorAt(3)
    expect(written).toEqual([1, 2, 3])
    await mailbox.close()
  })

  it('writes a message once whose write succeeded without an answer', async () => {
    const { mailbox, written, cursorAt } = world({ write: 1 })
    mailbox.addChannel(channelId)
    await cursorAt(3)
    expect(written).toEqual([1, 2, 3])
    await mailbox.close()
  })

  it('writes nothing while the process is not sure that it leads', async () => {
    const { mailbox, written, unsure } = world()
    unsure()
    mailbox.addChannel(channelId)
    await mailbox.close()
    expect(written).toEqual([])
  })
})
