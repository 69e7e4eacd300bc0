import type { Account, Accounts } from '@rookery/accounts'
import {
  type Answer,
  type Bridge,
  BridgeError,
  isWorkerId,
  type Request,
  type RequestKind,
  requestKinds,
} from '@rookery/bridge'
import { type Logger, Reconciler } from '@rookery/service-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import { activeAccounts } from './account-listing.ts'
import type { Names } from './names.ts'
import { InboxKeeper } from './inbox-keeper.ts'
import { Registry } from './registry.ts'

export interface ManagerDeps {
  bridge: Bridge
  names: Names
  /** Null: there are no accounts, only workers. */
  accounts: Pick<Accounts, 'find' | 'findMany' | 'search'> | null
  /** Asks the engine, as a process that was frozen may still believe that it leads. */
  stillLeads: () => Promise<boolean>
  logger: Logger
  /** A clock that only goes forward, in milliseconds. */
  now?: () => number
  /** Something of what this manager shows has changed. */
  onChange?: () => void
  /**
   * Whether all accounts were registered before, by whoever led then: so that nobody waits for it
   * to be done again.
   */
  allRegistered?: () => boolean
  onAllRegistered?: () => void
}

const asks = '-1'
const answered: ReadonlySet<string | null> = new Set(['0', '1', '2'])
const abandonedAfterMs = 60_000
const lookEveryMs = 5_000
const prepareEveryMs = 2_000
const deletedEveryMs = 60_000
const retryMs = 1_000
/** One whose access list is not open cannot be answered until somebody changes that. */
const retryDeniedMs = 60_000
/** Of each kind, so that who waits for Kafka to quit keeps nobody from enrolling. */
const atOnce = 16
const pageSize = 1_000
const quitTimeoutMs = 30_000

/**
 * The leader's work on the tree: enroll, quit, and an inbox for whoever comes online.
 * Level-triggered: it acts on what there is, not on what happened, so a successor needs to know
 * nothing. Every step is safe to repeat, and safe when another manager does it as well.
 */
export class Manager {
  readonly registry: Registry
  /** Everyone in the tree who is online, registered or not. */
  online: ReadonlySet<string> = new Set()
  readonly keeper: InboxKeeper
  readonly #deps: ManagerDeps
  readonly #now: () => number
  readonly #requests = new Map<RequestKind, readonly Request[]>()
  readonly #atWork = new Map(requestKinds.map((kind) => [kind, new Map<string, Promise<void>>()]))
  /** Requests that failed and wait for another try, in which time others have their turn. */
  readonly #resting = new Set<string>()
  /** Answered requests that nobody has fetched yet, and since when. */
  readonly #abandoned = new Map<string, number>()
  /**
   * Accounts that are not in the registry any more; whether they should be is not looked at yet.
   */
  readonly #lost = new Set<string>()
  #ids: ReadonlySet<string> | null = null
  #poke: () => void = () => undefined
  #deletedCheckedMs = -Infinity

  constructor(deps: ManagerDeps) {
    this.#deps = deps
    this.#now = deps.now ?? (() => performance.now())
    this.registry = new Registry(deps)
    this.keeper = new InboxKeeper({
      bridge: deps.bridge,
      registry: this.registry,
      online: () => this.online,
      logger: deps.logger,
      onChange: () => deps.onChange?.(),
    })
  }

  /** Resolves when the signal has aborted and nothing is at work any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { bridge, logger } = this.#deps
    await this.#untilDone(signal, 'preparing the tree', () => bridge.prepare())
    const registering = this.#untilDone(signal, 'registering accounts', () =>
      this.#registerAccounts(signal),
    ).then(() => {
      if (!signal.aborted) this.#deps.onAllRegistered?.()
    })
    if (this.#deps.allRegistered?.() !== true) await registering
    if (signal.aborted) return
    // Whoever may write to the tree may also delete from it, and workers wait for what they can
    // make their nodes in.
    const preparing = new Reconciler(() => bridge.prepare(), {
      everyMs: prepareEveryMs,
      onError: (error) => logger.warn({ err: error }, 'the tree cannot be made whole now'),
    })
    const trigger = new Reconciler(() => this.#look(signal), {
      everyMs: lookEveryMs,
      onError: (error) => {
        logger.warn({ err: error }, 'the tree cannot be worked on, it will be tried again')
        setTimeout(() => trigger.poke(), retryMs).unref()
      },
    })
    this.#poke = () => trigger.poke()
    const stops = [
      bridge.watchRegistry((ids) => {
        this.#ids = ids
        trigger.poke()
      }),
      bridge.watchOnline((ids) => {
        this.online = ids
        trigger.poke()
      }),
      ...requestKinds.map((kind) =>
        bridge.watchRequests(kind, (requests) => {
          this.#requests.set(kind, requests)
          trigger.poke()
        }),
      ),
    ]
    await aborted(signal)
    for (const stop of stops) stop()
    await registering
    await Promise.all([preparing.close(), trigger.close(), this.keeper.close()])
    await Promise.all([...this.#atWork.values()].flatMap((works) => [...works.values()]))
  }

  async #look(signal: AbortSignal): Promise<void> {
    // Nothing is known yet of who is registered.
    if (this.#ids === null || signal.aborted) return
    for (const id of await this.registry.take(this.#ids)) this.#lost.add(id)
    for (const requests of this.#requests.values())
      for (const request of requests) this.#attend(request, signal)
    this.#forgetFetched()
    this.keeper.look()
    this.#deps.onChange?.()
    if (this.#lost.size > 0) await this.#registerLost()
    if (this.#now() - this.#deletedCheckedMs > deletedEveryMs) await this.#quitDeleted()
  }

  #attend(request: Request, signal: AbortSignal): void {
    const { kind, id } = request
    const key = `${kind}/${id}`
    const works = this.#atWork.get(kind)
    if (works === undefined || works.has(id) || this.#resting.has(key) || signal.aborted) return
    if (request.value !== asks) {
      if (answered.has(request.value)) this.#discardLater(key, request)
      return
    }
    // The others come with the next look, after one of these is done.
    if (works.size >= atOnce) return
    const work = this.#decide(request, signal)
      .catch((error: unknown) => {
        this.#deps.logger.warn({ err: error, kind, id }, 'a request waits for another try')
        this.#rest(key, error)
      })
      .finally(() => {
        works.delete(id)
        this.#poke()
      })
    works.set(id, work)
  }

  #rest(key: string, error: unknown): void {
    const isDenied = error instanceof BridgeError && error.code === 'denied'
    this.#resting.add(key)
    setTimeout(
      () => {
        this.#resting.delete(key)
        this.#poke()
      },
      isDenied ? retryDeniedMs : retryMs,
    ).unref()
  }

  async #decide(request: Request, signal: AbortSignal): Promise<void> {
    const { bridge, logger } = this.#deps
    const { kind, id } = request
    if (!(await bridge.isUnchanged(request))) {
      this.keeper.quitting.delete(id)
      this.#drop(request)
      return
    }
    const answer = await this.#answerTo(request, signal)
    if (answer === null || signal.aborted) return
    const outcome = await bridge.answer(request, answer)
    this.keeper.quitting.delete(id)
    this.#drop(request)
    this.registry.forget(id)
    logger.info({ kind, id, answer, outcome }, 'a request is answered')
  }

  /** Null: not to be answered by this manager, or not now. */
  async #answerTo(request: Request, signal: AbortSignal): Promise<Answer | null> {
    const { bridge, names, accounts } = this.#deps
    const { kind, id } = request
    if (!isWorkerId(id)) return 'refused'
    const registration = (await bridge.registrations([id])).get(id)
    const registered = registration?.kind ?? null
    // Before anything of it is given up: the answer and the removal are one step, which would never
    // succeed.
    if (kind.endsWith('quit') && registration?.removable === false) return 'refused'
    switch (kind) {
      case 'enroll':
        if (registered === 'account' || (await names.enroll(id)) === 'taken') return 'refused'
        return registered === 'worker' ? 'already' : 'done'
      case 'quit':
        // Nothing proves who asks, and an account is not a worker's to end.
        if (registered === 'account' || (await this.#isAccount(id))) return 'refused'
        if (registered === null) return 'already'
        if (!(await this.#closeInbox(request, signal))) return null
        await names.quit(id)
        return 'done'
      case 'account_enroll': {
        if (registered !== null) return registered === 'account' ? 'already' : 'refused'
        if (accounts === null) return null
        return (await this.#isAccount(id)) ? 'done' : 'refused'
      }
      case 'account_quit':
        if (registered !== 'account') return registered === null ? 'already' : 'refused'
        if (accounts === null) return null
        if ((await accounts.find(id))?.state !== 'deleted') return 'refused'
        return (await this.#closeInbox(request, signal)) ? 'done' : null
    }
  }

  /** Whether somebody has, or is about to have, an account of that name. */
  async #isAccount(id: string): Promise<boolean> {
    const account = (await this.#deps.accounts?.find(id)) ?? null
    return account !== null && isOwned(account)
  }

  /**
   * Deleting is the one step that would harm a successor's work, so leadership is looked at just
   * before.
   */
  async #closeInbox(request: Request, signal: AbortSignal): Promise<boolean> {
    const { bridge, stillLeads } = this.#deps
    this.keeper.quitting.add(request.id)
    const [leads, unchanged] = await Promise.all([stillLeads(), bridge.isUnchanged(request)])
    if (!leads || !unchanged || signal.aborted) {
      this.keeper.quitting.delete(request.id)
      return false
    }
    await this.keeper.remove(request.id)
    return true
  }

  /** Accounts that were deleted while nobody led ask for themselves. */
  async #quitDeleted(): Promise<void> {
    const { accounts, bridge } = this.#deps
    const ids = [...this.registry.accounts.keys()]
    for (let from = 0; accounts !== null && from < ids.length; from += pageSize) {
      for (const [id, { state }] of await accounts.findMany(ids.slice(from, from + pageSize)))
        if (state === 'deleted')
          void bridge.ask('account_quit', id, quitTimeoutMs).catch(() => undefined)
    }
    this.#deletedCheckedMs = this.#now()
  }

  /** When the bridge is switched on there are accounts that nobody registered. */
  async #registerAccounts(signal: AbortSignal): Promise<void> {
    const { accounts, bridge } = this.#deps
    if (accounts === null) return
    for await (const page of activeAccounts(accounts)) {
      const there = await bridge.registrations(page)
      for (const id of page) {
        if (signal.aborted) return
        const kind = there.get(id)?.kind
        if (kind === 'worker')
          this.#deps.logger.error({ id }, 'a worker is registered under the name of an account')
        if (kind === undefined) await bridge.registerAccount(id)
      }
    }
  }

  /**
   * Only deleting an account ends its registration: who was taken out by a stranger is in again.
   */
  async #registerLost(): Promise<void> {
    const { accounts, bridge, logger } = this.#deps
    const ids = [...this.#lost]
    for (let from = 0; accounts !== null && from < ids.length; from += pageSize) {
      const some = ids.slice(from, from + pageSize)
      for (const [id, account] of await accounts.findMany(some)) {
        if (!isOwned(account) || (await bridge.registerAccount(id)) === 'existed') continue
        logger.warn({ id }, 'an account was taken out of the registry, and is in it again')
      }
    }
    this.#lost.clear()
  }

  #discardLater(key: string, request: Request): void {
    const since = this.#abandoned.get(key)
    const nowMs = this.#now()
    if (since === undefined) this.#abandoned.set(key, nowMs)
    else if (nowMs - since >= abandonedAfterMs) {
      this.#abandoned.delete(key)
      this.#deps.bridge.discard(request).catch(() => undefined)
    }
  }

  #forgetFetched(): void {
    const there = new Set(
      [...this.#requests.values()].flat().map(({ kind, id }) => `${kind}/${id}`),
    )
    for (const key of this.#abandoned.keys()) if (!there.has(key)) this.#abandoned.delete(key)
  }

  /** It has been dealt with; should it still be there, the next reading tells. */
  #drop({ kind, id }: Request): void {
    const requests = this.#requests.get(kind) ?? []
    this.#requests.set(
      kind,
      requests.filter((one) => one.id !== id),
    )
  }

  async #untilDone(signal: AbortSignal, what: string, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work()
        return
      } catch (error) {
        this.#deps.logger.warn({ err: error }, `${what} failed, it will be tried again`)
        await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
}

function isOwned({ workerId, state }: Account): boolean {
  return workerId === undefined && state !== 'deleted'
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
}
