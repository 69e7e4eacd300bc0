import { describe, expect, it } from '@jest/globals'
import { recoveryTable, reportOf, type SeedLine } from './summary.ts'

const line: SeedLine = {
  seed: 1,
  commit: 'abc',
  endedAt: '2026-11-20T00:00:00.000Z',
  seconds: 60,
  invoked: 10,
  acked: 9,
  refused: 1,
  unknown: 0,
  shown: 30,
  worstShownMs: 900,
  recoveries: [{ name: 'kafka kill -9', boundMs: 10_000, recoveredMs: 2_000 }],
  violations: [],
}
const slow: SeedLine = {
  ...line,
  seed: 2,
  recoveries: [
    { name: 'kafka kill -9', boundMs: 10_000, recoveredMs: 12_000 },
    { name: 'kafka kill -9', boundMs: 10_000, recoveredMs: null },
    { name: 'api kill -9 + redis kill -9', boundMs: 10_000, recoveredMs: 1_000 },
  ],
}

describe('the summary of a soak', () => {
  it('gives the median and worst recovery of each fault, and counts those beyond the bound', () => {
    expect(recoveryTable([line, slow])).toContain(
      '| kafka kill -9 | 3 | 10.0 s | 12.0 s | not in time | 2 |',
    )
    expect(recoveryTable([line, slow])).toContain('| two of these at once | 1 |')
  })

  it('names every broken promise and every seed that could not be judged', () => {
    const broken = { ...line, seed: 3, violations: [{ rule: 'numbered', text: 'a gap' }] }
    const lost = { ...line, seed: 4, error: 'the cluster did not start' }
    const report = reportOf('npm run soak', [line, broken, lost])
    expect(report).toContain('seeds: 3, of which 2 with a violation')
    expect(report).toContain('seed 3 (abc): numbered: a gap')
    expect(report).toContain('seed 4 (abc): not judged: the cluster did not start')
    expect(reportOf('npm run soak', [line])).toContain('No promise was broken')
  })
})
