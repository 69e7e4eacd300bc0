import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const rows = readFileSync(join(root, 'docs/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

/**
 * The last requirement of level 1 or 2 of each section of ASVS 5.0. Levels rise within a section.
 */
const sections = `
  2.1.3 2.2.3 2.3.4 2.4.1   3.2.2 3.3.4 3.4.6 3.5.5 3.7.2   4.1.3 4.2.1 4.3.2 4.4.4
  6.1.3 6.2.12 6.3.4 6.4.4 6.5.5 6.6.3 6.8.4   7.1.3 7.2.4 7.3.2 7.4.5 7.5.2 7.6.2   9.1.3 9.2.4
  11.1.2 11.2.3 11.3.3 11.4.4 11.5.1 11.6.1   16.1.1 16.2.5 16.3.4 16.4.3 16.5.3`
const required = sections
  .trim()
  .split(/\s+/)
  .flatMap((highest) => {
    const [chapter = '', section = '', last = ''] = highest.split('.')
    return Array.from({ length: Number(last) }, (_, n) => `${chapter}.${section}.${n + 1}`)
  })

/** All numbers in a cell. Example: `3.3.1 – 3.3.4` has four. */
function numbersIn(cell: string): string[] {
  const ranges = [...cell.matchAll(/(\d+\.\d+)\.(\d+) – \1\.(\d+)/g)].flatMap(
    ([, section = '', first, last]) =>
      Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_, n) => `${section}.${Number(first) + n}`,
      ),
  )
  return [...new Set([...ranges, ...(cell.match(/\d+\.\d+\.\d+/g) ?? [])])]
}

const requirements = rows.filter(([first = '']) => /^\d+\.\d+\.\d+/.test(first))
const legend = new Map(
  rows
    .filter(([letter = '', path = '']) => /^[A-Z]{1,2}$/.test(letter) && path.startsWith('`'))
    .map(([letter = '', path = '']) => [letter, /`([^`]+)`/.exec(path)?.[1] ?? '']),
)

describe('the table of requirements in docs/security.md', () => {
  it('lists every requirement of levels 1 and 2 of its chapters once', () => {
    const listed = requirements.flatMap(([first = '']) => numbersIn(first))
    expect(listed.toSorted()).toEqual(required.toSorted())
  })

  it.each(requirements.map(([what = '', tests = '', result = '']) => ({ what, tests, result })))(
    'gives $what a result, and a test if it simply holds',
    ({ tests, result }) => {
      expect(result).toMatch(/^(holds|operator|n\/a|\*\*gap\*\*)/)
      // A requirement that simply holds must name a test.
      expect(tests !== '' || !/^holds( on|:|$)/.test(result)).toBe(true)
      const letters = tests
        .replaceAll(/\([^)]*\)|`[^`]*`/g, '')
        .split(/[,;\s]+/)
        .filter((word) => /^[A-Z]{1,2}$/.test(word))
      expect(letters.filter((letter) => !legend.has(letter))).toEqual([])
      const paths = [...tests.matchAll(/`([^`]+\.ts)`/g)].map(([, path = '']) => path)
      expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
    },
  )

  it('names only tests that exist, and uses every test of its legend', () => {
    expect([...legend.values()].filter((path) => !existsSync(join(root, path)))).toEqual([])
    const used = requirements.map(([, tests = '']) => tests).join(' ')
    const idle = [...legend.keys()].filter((letter) => !new RegExp(`\\b${letter}\\b`).test(used))
    expect(idle).toEqual([])
  })
})
