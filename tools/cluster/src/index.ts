export * from './cluster.ts'
export { ServiceProcess } from './service-process.ts'
