// One sender and its receivers: what goes out of the sender's hand by a publish, and by a POST for each.

const height = 200;
const hub = { x: 130, y: height / 2 };
const end_x = 300;

function ends(receivers: number): number[] {
  return Array.from({ length: receivers }, (_, i) => ((i + 0.5) * height) / receivers);
}

export function FanPicture({ receivers, posts }: { receivers: number; posts: boolean }) {
  const from = posts ? { x: 10, y: height / 2 } : hub;
  const lines = ends(receivers)
    .map((y) => `M${from.x} ${from.y}L${end_x} ${y.toFixed(1)}`)
    .join('');
  return (
    <figure class="fan">
      <svg viewBox={`0 0 310 ${height}`} aria-hidden="true">
        <path class={posts ? 'sent' : 'passed_on'} d={lines} />
        {!posts && <path class="sent thick" d={`M10 ${hub.y}L${hub.x} ${hub.y}`} />}
        <circle cx="10" cy={height / 2} r="8" />
        {!posts && <rect x={hub.x - 9} y={hub.y - 9} width="18" height="18" rx="4" />}
      </svg>
      <figcaption>{posts ? 'A POST for each: all lines are the sender’s' : 'One PUBLISH: the broker passes it on'}</figcaption>
    </figure>
  );
}
