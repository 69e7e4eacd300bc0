export type CommandErrorCode =
  | 'usage'
  | 'unknown_command'
  | 'not_logged_in'
  | 'no_room'
  | 'no_password'
  | 'unreadable_file'
  | 'unreadable_input'
  | 'no_account'
  | 'ambiguous'

/** A command that failed before it was sent to the server. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode

  constructor(code: CommandErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
