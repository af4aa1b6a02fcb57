// The service worker of the pad: keeps the pad's own files and nothing else, and serves them when the broker can't be reached.
// Its scope is /pad, so that no other page is touched; values and commands never pass through its store.
interface extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface fetching extends extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface scope {
  addEventListener(type: 'install' | 'activate', listener: (event: extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: fetching) => void): void;
  addEventListener(type: 'message', listener: (event: extendable & { data: unknown }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}
const worker = self as unknown as scope;

const store_name = 'pad';
const files_max = 30;
const patience_ms = 3000; // then the kept file is shown, and a slow network goes on behind it
// Flat names with an ending are files of the pages; topics, the API and events are not.
const is_file = (path: string): boolean => path === '/pad' || /^\/[\w]+\.(js|css|svg|png|webmanifest)$/.test(path);

async function keep(paths: unknown): Promise<void> {
  if (!Array.isArray(paths)) return;
  const store = await caches.open(store_name);
  const wanted = [...new Set(paths.filter((path): path is string => typeof path === 'string' && is_file(path)))];
  for (const path of wanted.slice(0, files_max)) {
    const answer = await fetch(path).catch(() => undefined);
    if (answer?.ok) await store.put(path, answer);
  }
  for (const { url } of await store.keys()) if (!wanted.includes(new URL(url).pathname)) await store.delete(url);
}

async function from_network(request: Request, path: string): Promise<Response> {
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(store_name)).put(path, answer.clone());
  return answer;
}

async function answer(request: Request, path: string): Promise<Response> {
  const network = from_network(request, path);
  const kept = await caches.match(path);
  if (!kept) return network;
  const tired = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), patience_ms));
  return Promise.race([network.catch(() => kept), tired]);
}

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('message', (event) => event.waitUntil(keep((event.data as { keep?: unknown } | null)?.keep)));
worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method === 'GET' && origin === worker.location.origin && is_file(pathname))
    event.respondWith(answer(event.request, pathname));
});
