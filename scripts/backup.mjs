// Copies the data of `npm start`, also while it runs: npm run backup -- TARGET [DATA_DIR]. The
// target must not exist.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setUp, stop } from './lib/set-up.mjs'

const [target, folder = process.env.DATA_DIR || 'data'] = process.argv.slice(2)
/**
 * The log comes after the store, because it must hold every record that the store has rows of. The
 * accounts come last, because they must hold every user who is named.
 */
const files = ['store.db', 'log.db', 'accounts.db']

if (target === undefined) stop('usage: npm run backup -- TARGET [DATA_DIR]')
const missing = files.find((file) => !existsSync(join(folder, file)))
if (missing !== undefined) stop(`${folder} has no ${missing}`)
if (existsSync(target)) stop(`${target} is there already`)
setUp('libs/sqlite')
const { openDatabase } = await import('../libs/sqlite/dist/index.js')
process.umask(0o077)
try {
  mkdirSync(target, { recursive: true })
  for (const file of files) {
    const db = openDatabase(join(folder, file), { readOnly: true })
    db.prepare('VACUUM INTO ?').run(join(target, file))
    db.close()
  }
  process.stdout.write(`copied ${files.join(', ')} to ${target}\n`)
} catch (error) {
  stop(`the copy in ${target} is not complete: ${error.message}`)
}
