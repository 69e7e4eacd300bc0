/** Whoever knows the password of a user: a person who is asked, or a setting. */
export interface Passwords {
  /** It was given beforehand: a name without an account is then registered without a question. */
  given?: string
  /** @throws CommandError when there is nobody to ask */
  ask(username: string): Promise<string>
  /**
   * A password for a new account; null = there is to be none. `sure` = the person has already
   * said that there is to be one. `typed` = the password that was tried at the log-in.
   */
  askNew(username: string, sure: boolean, typed: string): Promise<string | null>
}
