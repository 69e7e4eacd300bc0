/**
 * A hash in the form of argon2id that no known text has. Checking against it takes as long as
 * checking a real one.
 */
export const unmatchedHash =
  '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
