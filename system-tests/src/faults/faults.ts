import type { Fault } from './fault.ts'
import { readersStop, reconnectStorm, sameSendRepeated } from './kinds/clients.ts'
import { clockSet } from './kinds/clocks.ts'
import { diskFull } from './kinds/disk.ts'
import { engineFrozen, engineKilled } from './kinds/engines.ts'
import { dispatchersComeAndGo, rollingRestart } from './kinds/fleet.ts'
import { cutOff, produceAnswersLost } from './kinds/links.ts'
import { frozen, killed, stopped } from './kinds/processes.ts'
import { poisonRecords } from './kinds/records.ts'
import { flushed, poisonedWithLies, poisonedWithText } from './kinds/redis.ts'

/** Connected users notice nothing: a send takes at most the usual time on a busy machine. */
const untouched = { boundMs: 2_000, measuredFrom: 'apply' } as const
/** Sends are slower while the fault lasts, but take at most 10 s. */
const goesOn = { boundMs: 10_000, measuredFrom: 'apply' } as const
/**
 * The dispatcher is heard, but hears nothing. It leaves the group after 10 s without records, and
 * its group session ends 6 s later.
 */
const givesUp = { boundMs: 16_000, measuredFrom: 'apply' } as const
const within = (boundMs: number): { boundMs: number; measuredFrom: 'heal' } => ({
  boundMs,
  measuredFrom: 'heal',
})

/** All faults. Each kind is a file in `kinds/`. */
export const faults: readonly Fault[] = [
  killed('chat-server'),
  stopped('chat-server'),
  frozen('chat-server'),
  killed('dispatcher'),
  stopped('dispatcher'),
  frozen('dispatcher'),
  killed('presence'),
  killed('api'),
  dispatchersComeAndGo(),
  rollingRestart(),
  engineKilled('redis', goesOn),
  engineFrozen('redis', goesOn),
  engineKilled('kafka', within(10_000)),
  engineFrozen('kafka', within(10_000)),
  engineKilled('cassandra', within(5_000)),
  engineFrozen('cassandra', within(5_000)),
  engineKilled('zookeeper', untouched),
  engineFrozen('zookeeper', untouched),
  engineKilled('mariadb', untouched),
  engineFrozen('mariadb', untouched),
  flushed(),
  poisonedWithText(),
  poisonedWithLies(),
  cutOff('dispatcher', 'kafka', goesOn),
  cutOff('dispatcher', 'kafka', { direction: 'from', ...givesUp }),
  cutOff('dispatcher', 'kafka', { direction: 'to', ...goesOn }),
  cutOff('dispatcher', 'cassandra', within(5_000)),
  cutOff('dispatcher', 'cassandra', { direction: 'from', ...within(5_000) }),
  cutOff('dispatcher', 'redis', goesOn),
  cutOff('chat-server', 'kafka', within(10_000)),
  cutOff('chat-server', 'kafka', { direction: 'from', ...within(10_000) }),
  cutOff('chat-server', 'cassandra', within(5_000)),
  cutOff('chat-server', 'redis', goesOn),
  cutOff('chat-server', 'redis', { direction: 'from', ...goesOn }),
  cutOff('chat-server', 'zookeeper', untouched),
  produceAnswersLost(),
  clockSet('dispatcher', 2),
  clockSet('dispatcher', -2),
  clockSet('chat-server', 2),
  clockSet('chat-server', -2),
  clockSet('presence', 2),
  clockSet('api', -2),
  poisonRecords(),
  sameSendRepeated(),
  readersStop(200),
  reconnectStorm(400),
  diskFull('kafka', 10_000),
  diskFull('cassandra', 5_000),
]
