/** The source of a user's password: a person who is asked, or a setting. */
export interface Passwords {
  /**
   * The password was given by a setting. A name without an account is then registered without a
   * question.
   */
  given?: string
  /** @throws CommandError if there is nobody to ask */
  ask(username: string): Promise<string>
  /**
   * A password for a new account; null: the person wants no account. `sure`: the person has already
   * said that there is to be one. `typed`: the password that was tried at the log-in.
   */
  askNew(username: string, sure: boolean, typed: string): Promise<string | null>
}
