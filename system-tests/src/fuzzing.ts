import fc from 'fast-check'

/** The number of cases in all. FUZZ_CASES changes it, and FUZZ_SEED chooses other cases. */
const cases = Number(process.env['FUZZ_CASES'] ?? 4_000)
const seed = Number(process.env['FUZZ_SEED'] ?? 7)
/** Settings of a property that gets this part of all cases. */
export const share = (part: number): { numRuns: number; seed: number; endOnFailure: true } => ({
  numRuns: Math.ceil(cases * part),
  seed: seed,
  endOnFailure: true,
})
export const timeoutMs: number = 60_000 + cases * 20

/** Texts of kinds that often break programs. */
export const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'constructor', '%00', '..', '\u202e', 'null'),
  fc.constantFrom('1e999', '-0', '9007199254740993', '2026-13-45T99:99:99Z', 'x'.repeat(5_000)),
)
export const value: fc.Arbitrary<unknown> = fc.oneof(
  nasty,
  fc.jsonValue({ maxDepth: 4 }),
  fc.double(),
  fc.bigInt().map(Number),
)
/** Names of fields: of frames, of bodies, and of neither. */
export const fields: readonly string[] =
  `type token deviceId session protocol capabilities requestId channelId name participants kind
  clientKey limit afterSeq content metadata clientSeq seq emoji username role topic channels status text userIds
  password displayName refreshToken oldPassword newPassword reason until __proto__ toString hasOwnProperty`.split(
    /\s+/,
  )
