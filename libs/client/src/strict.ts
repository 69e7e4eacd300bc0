import { restRoutes, serverFrameSchemas } from '@rookery/protocol'
import type { ServerFrame } from '@rookery/protocol'
import type { Checks } from './checks.ts'

/** Compares everything that a server sends with the schemas, and drops unknown fields. */
export const strictChecks: Checks = {
  frame: (type, value) => {
    const parsed = serverFrameSchemas[type].safeParse(value)
    return parsed.success ? (parsed.data as ServerFrame) : null
  },
  answerFault: (name, body) => restRoutes[name].answer.safeParse(body).error ?? null,
}
