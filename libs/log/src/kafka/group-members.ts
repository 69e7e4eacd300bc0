import { randomBytes } from 'node:crypto'
import { kafkaErrorType } from './kafka-errors.ts'
import type { Cluster } from '@rookery/kafka-client'

/**
 * The name of a group's member at the brokers: `client/random`, or `client/random@instance`. It
 * tells one member from all others, even before the member has learnt its id.
 */
export function newMemberName(clientId: string, instance: string | undefined): string {
  const name = `${clientId}/${randomBytes(4).toString('hex')}`
  return instance === undefined ? name : `${name}@${instance}`
}

/** The client id in a member's name. */
export function clientOf(memberName: string): string {
  return memberName.split('/')[0] ?? memberName
}

/** True if the member belonged to an earlier life of the same instance. */
export function isPredecessor(memberName: string, ownName: string): boolean {
  const [, instance] = ownName.split('@')
  return instance !== undefined && memberName !== ownName && memberName.endsWith(`@${instance}`)
}

/**
 * Removes members that cannot leave the group on their own. All members pause when one joins, and
 * would otherwise wait until the group sessions of the dead members end. The request needs a
 * connection of its own, because a broker reads nothing from a connection on which a member waits
 * to join.
 */
export async function removeMembers(
  cluster: Cluster,
  groupId: string,
  isRemoved: (memberName: string) => boolean,
): Promise<void> {
  if (!cluster.isConnected()) await cluster.connect()
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] })
  for (const { memberId, clientId } of groups[0]?.members ?? []) {
    if (!isRemoved(clientId)) continue
    try {
      await coordinator.leaveGroup({ groupId, memberId })
    } catch (error) {
      // The member has left meanwhile.
      if (kafkaErrorType(error) !== 'UNKNOWN_MEMBER_ID') throw error
    }
  }
}
