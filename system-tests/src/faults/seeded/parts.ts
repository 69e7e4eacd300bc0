import type { PushBus, Routing } from '@rookery/directory'
import type { PartitionWorkerFactory } from '@rookery/dispatcher'
import type { MessageLog, PartitionHandler } from '@rookery/log'
import type { MessageStore } from '@rookery/message-store'

/** What a dispatcher is composed of. */
export interface Parts {
  log: MessageLog
  store: MessageStore
  routing: Routing
  bus: PushBus
  worker?: PartitionWorkerFactory
}

/** The same object with some of its methods replaced. */
export function replaced<T extends object>(whole: T, methods: Partial<T>): T {
  return new Proxy(whole, {
    get: (target, name) => {
      if (name in methods) return methods[name as keyof T]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** A log whose consumer handler is wrapped by another one. */
export function handled(
  log: MessageLog,
  wrap: (handler: PartitionHandler) => PartitionHandler,
): MessageLog {
  return replaced(log, { consume: (group, handler) => log.consume(group, wrap(handler)) })
}
