/** WebSocket close codes. 40xx: do not reconnect before the cause is corrected. 41xx: reconnect. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolViolation: 1002,
  unsupportedData: 1003,
  invalidPayload: 1007,
  tooManyFragments: 1008,
  tooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  protocolError: 4000,
  unauthenticated: 4001,
  banned: 4003,
  deviceLimit: 4009,
  replaced: 4010,
  tooSlow: 4108,
  rateLimited: 4129,
} as const

export type CloseCodeName = keyof typeof closeCodes
export type CloseCode = (typeof closeCodes)[CloseCodeName]
