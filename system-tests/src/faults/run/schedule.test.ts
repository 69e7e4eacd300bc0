import { describe, expect, it } from '@jest/globals'
import { faults } from '../faults.ts'
import { nameOf, scheduleOf } from './schedule.ts'

describe('the schedule of a soak', () => {
  it('makes a schedule that depends on the seed alone', () => {
    const plan = (seed: number): unknown =>
      scheduleOf(seed, faults, 60_000).map((round) =>
        round.map(({ fault, afterMs, holdMs }) => [fault.name, afterMs, holdMs]),
      )
    expect(plan(7)).toEqual(plan(7))
    expect(plan(7)).not.toEqual(plan(8))
  })

  it('schedules every fault, alone and together with another one', () => {
    const rounds = Array.from({ length: 300 }, (_, i) => scheduleOf(i + 1, faults, 20_000)).flat()
    const alone = new Set(rounds.filter((round) => round.length === 1).map(nameOf))
    expect([...alone].sort()).toEqual(faults.map(({ name }) => name).sort())
    expect(rounds.some((round) => round.length === 2)).toBe(true)
  })

  it('holds no fault longer than its time, and no two faults of one subject together', () => {
    for (let seed = 1; seed <= 200; seed += 1)
      for (const round of scheduleOf(seed, faults, 20_000)) {
        for (const { fault, holdMs } of round) expect(holdMs).toBeLessThanOrEqual(fault.holdMs)
        const subjects = round.map(({ fault }) => fault.name.split(' ')[0])
        expect(new Set(subjects).size).toBe(subjects.length)
      }
  })
})
