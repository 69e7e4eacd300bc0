// Writes docs/settings.md from the `--help` of each program, so that the page is always true.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './set-up.mjs'

const programs = [
  ['npm start', 'services/standalone/dist/main.js'],
  ['api', 'services/api/dist/main.js'],
  ['chat-server', 'services/chat-server/dist/main.js'],
  ['dispatcher', 'services/dispatcher/dist/main.js'],
  ['presence', 'services/presence/dist/main.js'],
  ['npm run manager', 'services/presence/dist/manager/main.js'],
]
const setting = /^ {2}([A-Z_]+)(?: or ([A-Z_]+))?\n {6}(.*?)(?: \((required|default: (.*))\))?$/gm

export function settingsDocument() {
  const settings = new Map()
  for (const [program, main] of programs) {
    const { stdout } = spawnSync(process.execPath, [join(root, main), '--help'], {
      encoding: 'utf8',
    })
    for (const [, name, file, description, , value] of stdout.matchAll(setting)) {
      const known = settings.get(name) ?? { file, values: new Map(), description }
      const said = value ?? (stdout.includes(`${description} (required)`) ? 'required' : '')
      known.values.set(said, [...(known.values.get(said) ?? []), program])
      settings.set(name, known)
    }
  }
  const rows = [...settings].sort(([a], [b]) => (a < b ? -1 : 1)).map(rowOf)
  return `# Settings

Every program reads its settings from environment variables and checks them at its start.
A malformed value stops the start with one line that names the variable.
\`--help\` prints the same for one program.
This page is written by \`npm run documents\`; a test fails when it is stale.

A name with \`…_FILE\` beside it is a secret: the second form names a file that holds it.

| variable | default | read by | what it does |
|---|---|---|---|
${rows.join('\n')}
`
}

function rowOf([name, { file, values, description }]) {
  const names = [name, ...(file === undefined ? [] : [`${name}_FILE`])].map((one) => `\`${one}\``)
  const isOne = values.size === 1
  const defaults = [...values].map(([value, by]) => {
    const shown = value === '' ? '' : value === 'required' ? 'required' : `\`${value}\``
    return isOne || shown === '' ? shown : `${shown} (${by.join(', ')})`
  })
  const readers = [...new Set([...values.values()].flat())]
  const text = description.replace(/^[a-z](?=[a-z]*[ ,])/, (letter) => letter.toUpperCase())
  const sentence = /[.?!]$/.test(text) ? text : `${text}.`
  return `| ${names.join(', ')} | ${defaults.filter(Boolean).join(', ')} | ${readers.join(', ')} | ${sentence.replaceAll('|', '\\|')} |`
}
