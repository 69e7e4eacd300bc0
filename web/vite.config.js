import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  // Sources of the workspace's libraries, so that one build makes everything.
  resolve: { conditions: ['@rookery/source', 'browser', 'module', 'import', 'default'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // Inlined files would be `data:` addresses, which the page's policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ['index.html', 'console.html'].map((page) => `${import.meta.dirname}/${page}`),
    },
  },
  logLevel: 'warn',
})
