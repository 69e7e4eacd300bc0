/**
 * A hash in the form of argon2id to which no known password leads. A check against it takes as long
 * as a check against a real one, so the time does not reveal whether an account has a password.
 */
export const unmatchedHash =
  '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
