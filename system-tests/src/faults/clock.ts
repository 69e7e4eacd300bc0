import { readFileSync } from 'node:fs'

// Loaded before a service (`node --import`): its clock is set whenever SIGUSR2 comes, by as many ms
// as ROOKERY_TEST_CLOCK_FILE says then.
const file = process.env['ROOKERY_TEST_CLOCK_FILE'] ?? ''
const RealDate = Date
let shiftMs = 0

process.on('SIGUSR2', () => (shiftMs = Number(readFileSync(file, 'utf8'))))

class ShiftedDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + shiftMs)
    else super(...(args as [number]))
  }

  static override now(): number {
    return RealDate.now() + shiftMs
  }
}
globalThis.Date = ShiftedDate as DateConstructor
