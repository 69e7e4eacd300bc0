import { describe, expect, it } from '@jest/globals'
import type { Settled, Submission } from '@rookery/submission'
import { identityOf, openConnection } from '../tests/open-connection.ts'
import { FencedError } from './sockets/send-fences.ts'
import type { UserConnection } from './sockets/user-connection.ts'
import { submitEvent } from './submit-event.ts'

function underTest() {
  const submitted: { clientSeq: number; settled: Settled<UserConnection> }[] = []
  const submitter = {
    submit: ({ clientSeq }: Submission, settled: Settled<UserConnection>) =>
      void submitted.push({ clientSeq, settled }),
  }
  const { connection } = openConnection()
  connection.identity = identityOf('ann')
  const send = (clientSeq: number) =>
    submitEvent(
      { submitter },
      connection,
      { type: 'chat_message', channelId: 'c', content: 'x', clientSeq },
      () => undefined,
    )
  return { submitted, connection, send }
}

describe('a numbered request', () => {
  it('appends no number before an earlier one that was refused while its rights were read', () => {
    const { submitted, send } = underTest()
    send(1)
    submitted[0]?.settled({ kind: 'unavailable' })
    expect(() => send(2)).toThrow(FencedError)
    send(1)
    send(2)
    expect(submitted.map(({ clientSeq }) => clientSeq)).toEqual([1, 1, 2])
  })

  it('appends no number before an earlier one that was refused after the close', () => {
    const { submitted, connection, send } = underTest()
    send(1)
    connection.closed = true
    submitted[0]?.settled({ kind: 'unavailable' })
    // This frame came before the close. Its rights were read meanwhile.
    expect(() => send(2)).toThrow(FencedError)
    expect(submitted.map(({ clientSeq }) => clientSeq)).toEqual([1])
  })
})
