export { type Api, type ApiDeps, createApi } from './api.ts'
export { type ApiConfig, type ApiSettings, apiVariables, type Rate, toApiConfig } from './config.ts'
