import { expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const folders = [
  'benchmarks',
  'libs',
  'scripts',
  'services',
  'system-tests',
  'test-client',
  'tools',
  'worker',
]
const maxColumns = 100
const comment = /^\s*(\/\/|\/\*|\*)/

/** The sources of the project, without compiled and installed files. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name)
    if (['node_modules', 'dist', 'fixtures'].includes(name)) return []
    if (statSync(join(root, path)).isDirectory()) return sourcesIn(path)
    return /\.(ts|mjs|js)$/.test(name) ? [path] : []
  })
}

it('wraps every comment at 100 columns, unless it is one long address', () => {
  const wide = folders.flatMap(sourcesIn).flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        Array.from(line).length > maxColumns && comment.test(line) && !/https?:\/\/\S+$/.test(line)
          ? [`${path}:${index + 1}`]
          : [],
      ),
  )
  expect(wide).toEqual([])
})

it('quotes no document that is not in the repository', () => {
  // The first designs, which ARCHITECTURE.md, docs/protocol.md and the decisions have replaced.
  const foreign = /\b(DESIGN|PROTOCOL(-2)?|STYLE)\b(\.md)?( §|\b)/
  const quoting = folders
    .flatMap(sourcesIn)
    .filter((path) => path !== 'system-tests/tests/sources.test.ts')
    .filter((path) => foreign.test(readFileSync(join(root, path), 'utf8')))
  expect(quoting).toEqual([])
})

it('links only to documents that exist', () => {
  const documents = execFileSync(
    'find',
    [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'docs',
      'libs/client',
    ].concat(['-name', '*.md', '-not', '-path', '*/node_modules/*']),
    { cwd: root, encoding: 'utf8' },
  )
  const broken = documents
    .trim()
    .split('\n')
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const targets = [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)].map(
        ([, target = '']) => target,
      )
      return targets
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, path, '..', target)))
        .map((target) => `${path}: ${target}`)
    })
  expect(broken).toEqual([])
})
