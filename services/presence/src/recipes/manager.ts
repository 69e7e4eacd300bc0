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
  /** Null: this tree has workers only. */
  accounts: Pick<Accounts, 'find' | 'findMany' | 'search'> | null
  /** Asks the engine, because a process that was frozen may still believe that it leads. */
  stillLeads: () => Promise<boolean>
  logger: Logger
  /** A clock that only goes forward, in milliseconds. */
  now?: () => number
  /** Called when the registry, the online ids or the inboxes of this manager have changed. */
  onChange?: () => void
  /**
   * Whether an earlier leader has registered all accounts. If so, requests are answered before this
   * manager has checked them again.
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
/** For a request whose access list forbids an answer, until its owner changes the list. */
const retryDeniedMs = 60_000
/**
 * Requests of each kind at work. Per kind, so that quits that wait for Kafka delay no enrolment.
 */
const atOnce = 16
const pageSize = 1_000
const quitTimeoutMs = 30_000

/**
 * The leader's work on the tree: it enrolls and quits workers, and has inboxes made for ids that
 * come online. It acts on the present state of the tree and not on events, so the next leader needs
 * no knowledge of this one. Every step may be repeated, also by another manager at the same time.
 */
export class Manager {
  readonly registry: Registry
  /** All ids that are online in the tree, registered or not. */
  online: ReadonlySet<string> = new Set()
  readonly keeper: InboxKeeper
  readonly #deps: ManagerDeps
  readonly #now: () => number
  readonly #requests = new Map<RequestKind, readonly Request[]>()
  readonly #atWork = new Map(requestKinds.map((kind) => [kind, new Map<string, Promise<void>>()]))
  /** Requests that failed and wait for another try, while others have their turn. */
  readonly #resting = new Set<string>()
  /** When an answered request was first seen, by request. Its client has not removed it yet. */
  readonly #abandoned = new Map<string, number>()
  /** Accounts that vanished from the registry, before the check whether they still exist. */
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

  /** Resolves when the signal has aborted and all work has ended. */
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
    // Clients that may write to the tree may also delete its folders, and workers cannot make their
    // nodes without these.
    const preparing = new Reconciler(() => bridge.prepare(), {
      everyMs: prepareEveryMs,
      onError: (error) =>
        logger.warn(
          { err: error },
          'missing folders of the tree could not be made, tried again in 2 s',
        ),
    })
    const trigger = new Reconciler(() => this.#look(signal), {
      everyMs: lookEveryMs,
      onError: (error) => {
        logger.warn({ err: error }, 'the work on the tree failed, tried again in a second')
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
    // The registry has not been read yet.
    if (this.#ids === null || signal.aborted) return
    for (const id of await this.registry.update(this.#ids)) this.#lost.add(id)
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
    // When one of these is done, the next look takes another one.
    if (works.size >= atOnce) return
    const work = this.#decide(request, signal)
      .catch((error: unknown) => {
        this.#deps.logger.warn(
          { err: error, kind, id },
          'a request could not be answered and waits for another try',
        )
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
    logger.info({ kind, id, answer, outcome }, 'a request was answered')
  }

  /** Null: this manager does not answer the request, or not now. */
  async #answerTo(request: Request, signal: AbortSignal): Promise<Answer | null> {
    const { bridge, names, accounts } = this.#deps
    const { kind, id } = request
    if (!isWorkerId(id)) return 'refused'
    const registration = (await bridge.registrations([id])).get(id)
    const registered = registration?.kind ?? null
    // Refused before the inbox and the name are given up. The answer and the removal of the
    // registration are one step, which would never succeed.
    if (kind.endsWith('quit') && registration?.removable === false) return 'refused'
    switch (kind) {
      case 'enroll':
        if (registered === 'account' || (await names.enroll(id)) === 'taken') return 'refused'
        return registered === 'worker' ? 'already' : 'done'
      case 'quit':
        // A request does not prove its sender, so it must not end an account.
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

  /** Whether there is an account of that name, active or about to be. */
  async #isAccount(id: string): Promise<boolean> {
    const account = (await this.#deps.accounts?.find(id)) ?? null
    return account !== null && isOwned(account)
  }

  /** Only deleting could harm the work of the next leader, so this asks first who leads. */
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

  /** Asks for the quit of accounts that were deleted while there was no leader. */
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

  /** Registers accounts that were made before the bridge was switched on. */
  async #registerAccounts(signal: AbortSignal): Promise<void> {
    const { accounts, bridge } = this.#deps
    if (accounts === null) return
    for await (const page of activeAccounts(accounts)) {
      const registrations = await bridge.registrations(page)
      for (const id of page) {
        if (signal.aborted) return
        const kind = registrations.get(id)?.kind
        if (kind === 'worker')
          this.#deps.logger.error(
            { id },
            'a worker is registered under the name of an account, which is not shown to workers',
          )
        if (kind === undefined) await bridge.registerAccount(id)
      }
    }
  }

  /**
   * Registers again the accounts whose registration another client has removed. Only the deletion
   * of an account ends its registration.
   */
  async #registerLost(): Promise<void> {
    const { accounts, bridge, logger } = this.#deps
    const ids = [...this.#lost]
    for (let from = 0; accounts !== null && from < ids.length; from += pageSize) {
      const some = ids.slice(from, from + pageSize)
      for (const [id, account] of await accounts.findMany(some)) {
        if (!isOwned(account) || (await bridge.registerAccount(id)) === 'existed') continue
        logger.warn({ id }, 'another client removed an account from the registry: registered again')
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
    const present = new Set(
      [...this.#requests.values()].flat().map(({ kind, id }) => `${kind}/${id}`),
    )
    for (const key of this.#abandoned.keys()) if (!present.has(key)) this.#abandoned.delete(key)
  }

  /** Forgets a request that was answered. If it still exists, the next reading lists it again. */
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
        this.#deps.logger.warn({ err: error }, `${what} failed, tried again in a second`)
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
