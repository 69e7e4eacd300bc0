import { randomBytes } from 'node:crypto'
import { kafkaErrorType } from './kafka-errors.ts'
import type { Cluster } from '@rookery/kafka-client'

/**
 * What a member of a group is called at the brokers: `client/random`, or `client/random@instance`.
 * It tells one member from all others, also before the member itself has learnt its id.
 */
export function newMemberName(clientId: string, instance: string | undefined): string {
  const name = `${clientId}/${randomBytes(4).toString('hex')}`
  return instance === undefined ? name : `${name}@${instance}`
}

/** The client that a member belongs to. */
export function clientOf(memberName: string): string {
  return memberName.split('/')[0] ?? memberName
}

/** Whether a member was of the same instance, in another life of it. */
export function isPredecessor(memberName: string, ownName: string): boolean {
  const [, instance] = ownName.split('@')
  return instance !== undefined && memberName !== ownName && memberName.endsWith(`@${instance}`)
}

/**
 * Takes members out of a group who cannot leave by themselves: the others, who all stop when one of
 * them joins, would wait for the end of their sessions. It needs a connection of its own, for a
 * broker reads nothing from one on which somebody waits to join.
 */
export async function removeMembers(
  cluster: Cluster,
  groupId: string,
  whose: (memberName: string) => boolean,
): Promise<void> {
  if (!cluster.isConnected()) await cluster.connect()
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] })
  for (const { memberId, clientId } of groups[0]?.members ?? []) {
    if (!whose(clientId)) continue
    try {
      await coordinator.leaveGroup({ groupId, memberId })
    } catch (error) {
      // It has gone meanwhile.
      if (kafkaErrorType(error) !== 'UNKNOWN_MEMBER_ID') throw error
    }
  }
}
