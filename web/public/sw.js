// Lets the app open without a network. It keeps the page and the files that the page has loaded;
// messages are kept by the app itself. Everything else goes to the network as if this did not exist.
const cacheName = 'rookery-pages-1'
/** Files of older builds are dropped once there are more than these. */
const maxFiles = 40

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// The page says which files it has loaded.
self.addEventListener('message', (event) => {
  const paths = Array.isArray(event.data) ? event.data : []
  event.waitUntil(keep(paths.filter((path) => /^\/assets\/[\w.-]+$/.test(path))))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin || request.method !== 'GET') return
  if (pathname.startsWith('/assets/')) event.respondWith(kept(request))
  else if (request.mode === 'navigate' && (pathname === '/' || pathname.startsWith('/app')))
    event.respondWith(page(request))
})

async function keep(paths) {
  const cache = await caches.open(cacheName)
  const known = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname))
  await cache.addAll(['/', ...paths.filter((path) => !known.has(path))])
  const files = (await cache.keys()).filter(({ url }) => new URL(url).pathname !== '/')
  await Promise.all(files.slice(0, -maxFiles).map((request) => cache.delete(request)))
}

/** A built file never changes, so a kept one is as good as a new one. */
async function kept(request) {
  // Answers may vary by origin; these files do not.
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request)
}

/** The newest page, or the kept one if there is no network. */
async function page(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const shell = await caches.match('/', { ignoreVary: true })
    if (shell === undefined) throw error
    return shell
  }
}
