import { ZooKeeperSession } from '@rookery/zookeeper-client'
import { BridgeError } from '../bridge-error.ts'

/**
 * Opens a ZooKeeper session whose errors are those of the bridge.
 * @throws BridgeError `unavailable`: no ZooKeeper answers
 */
export function openTreeSession(options: {
  /** `host:port,…` */
  connect: string
  /** The server removes the ephemeral nodes of a killed process after this time. */
  sessionMs: number
}): Promise<ZooKeeperSession> {
  return ZooKeeperSession.open({
    connect: options.connect,
    sessionTimeoutMs: options.sessionMs,
    toError: (code, message, cause) => new BridgeError(code, message, cause),
  })
}
