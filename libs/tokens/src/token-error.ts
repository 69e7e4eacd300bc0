export type TokenErrorCode = 'invalid' | 'expired' | 'weak_secret'

/** Why a token, or the key to sign with, is refused. The message never quotes the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
