import type { Statements } from '@rookery/sqlite'
import { randomUUID } from 'node:crypto'
import { LogError, type LogEpoch } from '../message-log.ts'

const defaultPartitionCount = 4

export interface Install {
  epoch: LogEpoch
  partitionCount: number
}

/**
 * Reads the settings that the log was created with, or creates them. The partition of a key depends
 * on the partition count, so the count never changes.
 */
export function readInstall(statements: Statements, partitionCount: number | undefined): Install {
  const stored = statements.get<{ install_id: string; epoch: number; partition_count: number }>(
    'SELECT install_id, epoch, partition_count FROM install',
  )
  if (stored === undefined) {
    const install = {
      epoch: { installId: randomUUID(), number: 1 },
      partitionCount: partitionCount ?? defaultPartitionCount,
    }
    statements.run(
      'INSERT INTO install (install_id, epoch, partition_count) VALUES (?, ?, ?)',
      install.epoch.installId,
      install.epoch.number,
      install.partitionCount,
    )
    return install
  }
  if (partitionCount !== undefined && partitionCount !== stored.partition_count) {
    throw new LogError(
      'mismatch',
      `the log was created with ${stored.partition_count} partitions and cannot be opened with ${partitionCount}`,
    )
  }
  return {
    epoch: { installId: stored.install_id, number: stored.epoch },
    partitionCount: stored.partition_count,
  }
}
