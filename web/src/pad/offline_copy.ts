// Gives the pad's worker the list of files that this page was made of, so that it starts without a network.
// Service workers exist in secure contexts only: on plain http from another machine the pad works, but not offline.

export async function keep_offline_copy(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    const scope = '/pad'; // this page only: the others never meet the worker
    await navigator.serviceWorker.register('/pad_worker.js', { scope });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
    active?.postMessage({ keep: ['/pad', '/pad.webmanifest', ...loaded.filter((path) => /^\/[\w.]+$/.test(path))] });
  } catch {
    // a page without an offline copy is still a page
  }
}
