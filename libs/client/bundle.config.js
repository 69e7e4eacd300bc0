// Builds one entry as an app's bundler would, for browsers: `ENTRY` from the sources, into `OUT`.
// For tests that measure the library, or open it in a browser.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  logLevel: 'error',
  resolve: { conditions: ['@rookery/source', 'module', 'browser', 'production'] },
  build: {
    target: 'es2023',
    outDir: process.env.OUT,
    emptyOutDir: true,
    minify: true,
    rolldownOptions: {
      input: process.env.ENTRY,
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'entry.js', chunkFileNames: '[name].js' },
    },
    modulePreload: false,
  },
})
