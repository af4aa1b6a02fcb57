// Where a topic lives on the HTTP face. The only place that turns a topic into a URL.

// Throws URIError on half a surrogate pair: such a topic has no UTF-8 form and so no URL.
export function topic_url(topic: string, options: Record<string, string> = {}): string {
  const query = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const levels = topic.split('/');
  // Browsers, curl and proxies resolve '.' and '..' in a path, even percent-encoded: only a query survives them.
  if (levels.some((level) => level === '.' || level === '..')) {
    return `/topics?${[`topic=${encodeURIComponent(topic)}`, ...query].join('&')}`;
  }
  const path = `/topics/${levels.map(encodeURIComponent).join('/')}`;
  return query.length > 0 ? `${path}?${query.join('&')}` : path;
}
