/**
 * What a client needs of the protocol besides its types. Nothing in here loads a schema library, so
 * that a client for browsers stays small.
 */
export * from './answers.ts'
export * from './bounds.ts'
export * from './close-codes.ts'
export * from './error-codes.ts'
export * from './frame-types.ts'
export * from './rest/calls.ts'
export * from './unicode.ts'
