import { publicNameKey, publicChannelId } from '@rookery/domain'
import type { History } from '../history.ts'
import { group, type Operation } from '../operation.ts'
import { perform, type Actor } from '../users/actor.ts'

/** The channels in which the users of a run meet. */
export interface Rooms {
  owner: string
  /** Groups in which all users are members all the time. */
  stable: readonly string[]
  /** A public channel that users join and leave. */
  park: string
  /** A group from which the owner removes users and adds them again. */
  club: string
  /** The users whom the owner has removed from the club. */
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
