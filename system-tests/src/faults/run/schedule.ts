import type { Fault } from '../fault.ts'
import { Random } from '../random.ts'

export interface Scheduled {
  fault: Fault
  /** The time from the begin of the round. */
  afterMs: number
  holdMs: number
}
/** Faults that overlap. The next round begins after the recovery. */
export type Round = readonly Scheduled[]

const togetherChance = 0.2
/** Other faults restart a service twice, for the settings they need, which takes much time. */
const simpleChance = 0.7
const leastHoldMs = 2_000
/**
 * Longer than any session of an engine, and short enough for many rounds. A soak tests mixtures;
 * `test:faults` tests the full time of each fault.
 */
const mostHoldMs = 12_000
/**
 * Faults that may overlap with another one, because they begin and heal without the help of other
 * processes.
 */
const simple = / (kill -9|SIGTERM|frozen)/

/**
 * Rounds whose times add up to about `budgetMs`. They are a pure function of the seed and the list
 * of faults.
 */
export function scheduleOf(seed: number, faults: readonly Fault[], budgetMs: number): Round[] {
  const random = new Random(seed)
  const rounds: Round[] = []
  for (let spentMs = 0; spentMs < budgetMs;) {
    const some = random.chance(simpleChance) ? faults.filter(isSimple) : faults
    const first = schedule(random, random.pick(some.length > 0 ? some : faults), 0)
    const round = [first]
    const others = faults.filter(
      (fault) => isSimple(fault) && subjectOf(fault) !== subjectOf(first.fault),
    )
    const together = random.chance(togetherChance) && isSimple(first.fault)
    if (together && others.length > 0)
      round.push(schedule(random, random.pick(others), random.below(first.holdMs + 1_000)))
    rounds.push(round)
    // A fault costs its hold and the time of its recovery.
    spentMs += 4_000 + Math.max(...round.map(({ afterMs, holdMs }) => afterMs + holdMs))
  }
  return rounds
}

/** A round with one fault for its full time. */
export function alone(fault: Fault): Round {
  return [{ fault, afterMs: 0, holdMs: fault.holdMs }]
}

export function nameOf(round: Round): string {
  return round.map(({ fault }) => fault.name).join(' + ')
}

function schedule(random: Random, fault: Fault, afterMs: number): Scheduled {
  const least = Math.min(leastHoldMs, fault.holdMs)
  const most = Math.min(mostHoldMs, fault.holdMs)
  return { fault, afterMs, holdMs: least + random.below(most - least + 1) }
}

function isSimple({ name }: Fault): boolean {
  return simple.test(name)
}

/** What a fault hits, such as `redis`. Two faults of the same subject do not overlap. */
function subjectOf({ name }: Fault): string {
  return name.split(' ')[0] ?? name
}
