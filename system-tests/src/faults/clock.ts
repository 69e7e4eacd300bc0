import { readFileSync } from 'node:fs'

// Loaded before a service (`node --import`). At each SIGUSR2 the clock of the service is shifted by
// the number of ms in the file that ROOKERY_TEST_CLOCK_FILE names.
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
