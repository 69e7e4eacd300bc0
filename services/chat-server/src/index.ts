export { type ChatConfig, type ChatSettings, chatVariables, toChatConfig } from './config.ts'
export {
  createChatServer,
  type ChatServer,
  type ChatServerDeps,
  type Listening,
} from './chat-server.ts'
export {
  PresenceFeed,
  type PresenceFeedDeps,
  presenceFrameEveryMs,
  type Viewer,
} from './users/presence-feed.ts'
