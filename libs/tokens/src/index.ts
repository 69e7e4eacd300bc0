export {
  type AccessClaims,
  type AccessSubject,
  AccessTokens,
  type AccessTokensOptions,
  type IssuedToken,
} from './access-tokens.ts'
export { TokenError, type TokenErrorCode } from './token-error.ts'
