/**
 * In the form of an argon2id hash, so that checking against it takes its time; no text is known to
 * have it.
 */
export const unmatchedHash =
  '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
