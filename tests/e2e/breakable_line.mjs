// A TCP line to the broker that the test can cut and mend: a broker that goes away, without taking the caller's broker away.
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

export async function breakable_line(url) {
  const { hostname, port } = new URL(url);
  const ends = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      ends.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        ends.delete(one);
        other.destroy();
      });
    }
  });
  const mend = async (at) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  };
  const cut = async () => {
    server.close();
    for (const end of ends) end.destroy();
    if (server.listening || ends.size > 0) await once(server, 'close');
  };
  const listening_port = await mend(0);
  return { url: `http://127.0.0.1:${listening_port}/`, cut, mend: () => mend(listening_port) };
}
