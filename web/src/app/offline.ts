interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string }
}

const { trustedTypes } = globalThis as unknown as { trustedTypes?: Policies }

/** Keeps the page's files in the browser, so that the app opens without a network. */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const script = '/sw.js'
  // The only address that the page's policy lets through.
  const policy = trustedTypes?.createPolicy('rookery-worker', { createScriptURL: () => script })
  await navigator.serviceWorker.register(policy?.createScriptURL(script) ?? script)
  const { active } = await navigator.serviceWorker.ready
  const loaded = performance
    .getEntriesByType('resource')
    .map(({ name }) => new URL(name))
    .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith('/assets/'))
  active?.postMessage([...new Set(loaded.map(({ pathname }) => pathname))])
}
