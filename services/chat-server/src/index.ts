export { chatSettings, readChatConfig, type ChatConfig } from './config.ts'
export {
  createChatServer,
  type Advertised,
  type ChatServer,
  type ChatServerDeps,
  type Listening,
} from './chat-server.ts'
export { chatServerGroup, type ChatServerRecord } from './registration.ts'
