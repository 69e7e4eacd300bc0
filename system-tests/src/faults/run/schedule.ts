import type { Fault } from '../fault.ts'
import { Random } from '../random.ts'

export interface Scheduled {
  fault: Fault
  /** After the round's begin. */
  afterMs: number
  holdMs: number
}
/** Faults that overlap; the next round comes when all is well again. */
export type Round = readonly Scheduled[]

const togetherChance = 0.2
/** The others restart a service twice, for the settings they need, and so take a soak much time. */
const simpleChance = 0.7
const leastHoldMs = 2_000
/**
 * Longer than any session, and short enough for many rounds: a soak is about the mixture,
 * `test:faults` about each fault's full time.
 */
const mostHoldMs = 12_000
/**
 * Faults that may fall together with another one: what they do to inflict and heal needs nothing
 * else to be well.
 */
const simple = / (kill -9|SIGTERM|frozen)/

/**
 * Rounds until their holds add up to about `budgetMs`: a pure function of the seed and the list of
 * faults.
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
    // What a fault costs besides its hold: coming back.
    spentMs += 4_000 + Math.max(...round.map(({ afterMs, holdMs }) => afterMs + holdMs))
  }
  return rounds
}

/** A fault as a list of chosen ones has it: alone, and for its full time. */
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

/** What it happens to: two faults of the same are not inflicted at once. */
function subjectOf({ name }: Fault): string {
  return name.split(' ')[0] ?? name
}
