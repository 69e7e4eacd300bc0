// Writes libs/protocol/src/examples.ts: the example of each frame, from the fixtures.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './set-up.mjs'

const fixtures = join(root, 'libs', 'protocol', 'fixtures')

export async function writeFrameExamples() {
  const { format, resolveConfig } = await import('prettier')
  const file = join(root, 'libs', 'protocol', 'src', 'examples.ts')
  const examples = Object.fromEntries(
    ['client', 'server'].flatMap((side) =>
      readdirSync(join(fixtures, side))
        .sort()
        .map((name) => [
          `${side}.${name.replace(/\.json$/, '')}`,
          JSON.parse(readFileSync(join(fixtures, side, name), 'utf8')),
        ]),
    ),
  )
  const text = `/** An example of each frame. \`npm run documents\` writes this file from the fixtures. */
// oxlint-disable max-lines
export const frameExamples: Readonly<Record<string, unknown>> = ${JSON.stringify(examples)}`
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }))
}
