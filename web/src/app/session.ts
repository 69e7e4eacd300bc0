import { type RestCall, RestClient, RookeryError } from '@rookery/client'
import type { AuthAnswer, RestAnswer, RestRouteName } from '@rookery/protocol'

/**
 * The log-in of this browser. The refresh token is in a cookie that no script can read, and the
 * access token, which lives for some minutes, only in memory.
 */
export class Session {
  readonly #rest: RestClient
  readonly #onChange: () => void
  #auth: AuthAnswer | null = null
  #renewing: Promise<AuthAnswer> | null = null
  #isLoggingOut = false
  /** The log-in was there and has ended. */
  ended = false

  constructor(onChange: () => void) {
    this.#onChange = onChange
    this.#rest = new RestClient({
      url: location.origin,
      // The mark tells the api to use the cookie. A page of another site cannot send it.
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, 'x-rookery-web': '1' } }),
    })
  }

  /** Null: nobody is logged in. */
  get auth(): AuthAnswer | null {
    return this.#auth
  }

  /** Continues the log-in of an earlier page. @returns false if there is none */
  async resume(): Promise<boolean> {
    if (readLastUser() === '') return false
    try {
      await this.renew()
      return true
    } catch (error) {
      if (error instanceof RookeryError && !error.retryable) return false
      throw error
    }
  }

  async logIn(username: string, password: string): Promise<void> {
    this.#use(await this.#rest.call('logIn', { body: { username, password } }))
  }

  async register(username: string, password: string, displayName: string): Promise<void> {
    const body = { username, password, ...(displayName !== '' && { displayName }) }
    this.#use(await this.#rest.call('register', { body }))
  }

  /**
   * New tokens. Calls at the same time share one exchange. The cookie belongs to the browser, so
   * another tab may have logged in as another user: that ends the log-in of this page.
   */
  renew = (): Promise<AuthAnswer> => {
    if (this.#isLoggingOut) return Promise.reject(new RookeryError('unauthorized', 'logged out'))
    return this.#exchange()
  }

  #exchange(): Promise<AuthAnswer> {
    this.#renewing ??= this.#rest
      .call('refresh', { body: { refreshToken: 'cookie' } })
      .then((answer) => {
        const username = this.#auth?.user.username ?? readLastUser()
        if (username !== null && username !== answer.user.username)
          throw new RookeryError('unauthorized', 'another user has logged in in this browser')
        this.#auth = answer
        return answer
      })
      .finally(() => (this.#renewing = null))
    return this.#renewing
  }

  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    this.#auth = await this.rest('changePassword', { body: { oldPassword, newPassword } })
  }

  async logOut(): Promise<void> {
    await this.#leave(async () => {
      try {
        await this.rest('logOut', { body: { refreshToken: 'cookie' } })
      } catch (error) {
        // Without a log-in there is nothing to end.
        if (!isUnauthorized(error)) throw error
      }
    })
  }

  async deleteAccount(password: string): Promise<void> {
    await this.#leave(() => this.rest('deleteMe', { body: { password } }))
  }

  async #leave(act: () => Promise<unknown>): Promise<void> {
    // The end of the socket must not ask for new tokens.
    this.#isLoggingOut = true
    try {
      await act()
    } catch (error) {
      this.#isLoggingOut = false
      throw error
    }
    this.#auth = null
    keepLastUser('')
    this.#onChange()
  }

  /** The server has ended the log-in. */
  end(): void {
    // Another tab may have logged in since, and keeps its own name.
    if (readLastUser() === this.#auth?.user.username) keepLastUser('')
    this.#auth = null
    this.ended = true
    this.#onChange()
  }

  /** A REST call as this user. It ends the log-in of this page if the server has ended it. */
  async rest<Name extends RestRouteName>(
    name: Name,
    call: Omit<RestCall<Name>, 'token'> = {},
  ): Promise<RestAnswer<Name>> {
    const { sessionToken } = this.#auth ?? (await this.#exchange())
    try {
      return await this.#rest.call(name, { ...call, token: sessionToken } as RestCall<Name>)
    } catch (error) {
      if (!isUnauthorized(error)) throw error
      const { sessionToken: renewed } = await this.#exchange().catch((cause: unknown) => {
        if (cause instanceof RookeryError && !cause.retryable && !this.#isLoggingOut) this.end()
        throw cause
      })
      return this.#rest.call(name, { ...call, token: renewed } as RestCall<Name>)
    }
  }

  #use(answer: AuthAnswer): void {
    this.#auth = answer
    this.#isLoggingOut = false
    this.ended = false
    keepLastUser(answer.user.username)
    this.#onChange()
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof RookeryError && error.code === 'unauthorized'
}

const lastUserKey = 'rookery-user'

/** The last user of this browser; '' if there is none, null if the browser keeps nothing. */
export function readLastUser(): string | null {
  try {
    return localStorage.getItem(lastUserKey) ?? ''
  } catch {
    return null
  }
}

function keepLastUser(username: string): void {
  try {
    if (username === '') localStorage.removeItem(lastUserKey)
    else localStorage.setItem(lastUserKey, username)
  } catch {
    // The browser keeps nothing. The next page asks the server who is logged in.
  }
}
