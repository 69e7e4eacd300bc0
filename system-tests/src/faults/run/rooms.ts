import { publicNameKey, publicChannelId } from '@rookery/domain'
import type { History } from '../history.ts'
import { group, type Operation } from '../operation.ts'
import { perform, type Actor } from '../users/actor.ts'

/** Where the users of a run meet. */
export interface Rooms {
  owner: string
  /** Everybody is in them all the time. */
  stable: readonly string[]
  /** Public: everybody comes and goes. */
  park: string
  /** The owner removes people from it and adds them again. */
  club: string
  /** Whom the owner has removed. */
  removed: Set<string>
}

export async function openRooms(
  actors: readonly Actor[],
  history: History,
  prefix: string,
): Promise<Rooms> {
  const [owner] = actors
  if (owner === undefined) throw new RangeError('a run needs users')
  const participants = actors.slice(1).map(({ name }) => name)
  const groups = ['hall', 'yard', 'club'].map((name) =>
    group(owner.name, `${prefix} ${name}`, participants),
  )
  const name = `${prefix} park`
  const park = {
    type: 'create_channel',
    channelId: publicChannelId(publicNameKey(name)),
    kind: 'public',
    participants: [],
    name,
  } as const satisfies Operation
  for (const operation of [...groups, park]) await perform(owner, history, operation)
  const [hall, yard, club] = groups.map(({ channelId }) => channelId)
  return {
    owner: owner.name,
    stable: [hall ?? '', yard ?? ''],
    park: park.channelId,
    club: club ?? '',
    removed: new Set(),
  }
}
