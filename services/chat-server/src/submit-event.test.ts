import { describe, expect, it } from '@jest/globals'
import type { Settled, Submission } from '@rookery/submission'
import type { Connection } from './sockets/connection.ts'
import type { ChatContext } from './context.ts'
import { FencedError, SendFences } from './sockets/send-fences.ts'
import { submitEvent } from './submit-event.ts'

function underTest() {
  const submitted: { clientSeq: number; settled: Settled<Connection> }[] = []
  const submitter = {
    submit: ({ clientSeq }: Submission, settled: Settled<Connection>) =>
      submitted.push({ clientSeq, settled }),
  }
  const connection = {
    user: { username: 'ann' },
    whoami: { session: 's', user: { username: 'ann' } },
    fences: new SendFences(),
    closed: false,
    refuse: () => undefined,
  }
  const send = (clientSeq: number) =>
    submitEvent(
      { submitter } as unknown as ChatContext,
      connection as unknown as Connection,
      { type: 'chat_message', channelId: 'c', content: 'x', clientSeq },
      () => undefined,
    )
  return { submitted, connection, send }
}

describe('a numbered request', () => {
  it('is not appended before an earlier number that was refused while its rights were read', () => {
    const { submitted, send } = underTest()
    send(1)
    submitted[0]?.settled({ kind: 'unavailable' })
    expect(() => send(2)).toThrow(FencedError)
    send(1)
    send(2)
    expect(submitted.map(({ clientSeq }) => clientSeq)).toEqual([1, 1, 2])
  })

  it('is not appended before an earlier number that was refused when the socket had closed', () => {
    const { submitted, connection, send } = underTest()
    send(1)
    connection.closed = true
    submitted[0]?.settled({ kind: 'unavailable' })
    // A frame that came before the close, and had its rights read meanwhile.
    expect(() => send(2)).toThrow(FencedError)
    expect(submitted.map(({ clientSeq }) => clientSeq)).toEqual([1])
  })
})
