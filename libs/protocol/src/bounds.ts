/** Bounds of the protocol itself. They are the same on every server. */
export const bounds = {
  usernameMin: 3,
  usernameMax: 32,
  userIdMax: 64,
  displayNameMax: 64,
  passwordMin: 8,
  passwordMax: 128,
  tokenMax: 4096,
  channelIdMax: 100,
  channelNameMax: 100,
  topicMax: 250,
  contentMax: 4000,
  metadataMaxBytes: 2048,
  metadataMaxDepth: 32,
  emojiMaxBytes: 64,
  statusTextMax: 80,
  reasonMax: 250,
  requestIdMax: 64,
  deviceIdMax: 64,
  sessionMax: 64,
  clientKeyMax: 64,
  consumerNameMax: 64,
  /** Names in one `create_channel` or `add_participants`, and participants in one answer. */
  participantsMax: 100,
  syncChannelsMax: 300,
  syncEventsMax: 200,
  watchedUsersMax: 500,
  capabilitiesMax: 16,
  pageMax: 100,
  pageDefault: 50,
  joinMessagesDefault: 10,
  usersFoundMax: 20,
  typingIntervalMs: 3000,
  typingShownMs: 5000,
  authenticateWithinMs: 5000,
} as const

/** Defaults of limits that are not announced. */
export const serverLimits = {
  channelsPerUser: 1000,
  membersPerChannel: 100_000,
  requestsPerSecond: 20,
  requestBurst: 50,
  /**
   * Refused requests of one socket whose times to come again are still ahead. The server closes a
   * socket that has more.
   */
  waitingBeforeClose: 200,
  reactionsPerUser: 20,
  reactionsPerMessage: 100,
} as const
