import { runAcceptNewLog } from '@rookery/adapters'

process.exitCode = await runAcceptNewLog(process.argv.slice(2), process.env)
