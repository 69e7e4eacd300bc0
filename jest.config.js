import { readdirSync } from 'node:fs'

const inside = (folder) => readdirSync(folder).map((name) => `<rootDir>/${folder}/${name}`)

export default {
  testTimeout: 20_000,
  maxWorkers: '100%',
  projects: [
    ...inside('libs'),
    ...inside('services'),
    ...inside('tools'),
    '<rootDir>/test-client',
    '<rootDir>/worker',
    '<rootDir>/system-tests',
    '<rootDir>/web',
  ],
}
