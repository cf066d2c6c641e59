/** HTTP/1.1 as bytes on a socket, for requests that no client library would send. */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const parse = (bytes: Buffer): RawAnswer | null => {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.subarray(0, end).toString('latin1');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  const body = bytes.subarray(end + 4);
  if (length !== undefined && body.length < Number(length)) return null;
  if (length === undefined && !body.includes('\r\n0\r\n\r\n') && /^transfer-encoding:/im.test(head)) return null;
  return { status, type: /^content-type: (.+)$/im.exec(head)?.[1] ?? '', body: body.toString() };
};

/** The first answer to these bytes; null where the connection closes without one, or none comes in time. */
export const sendRaw = (
  url: string,
  chunks: readonly (string | Uint8Array)[],
  { close = false, timeoutMs = 10_000 }: { readonly close?: boolean; readonly timeoutMs?: number } = {},
): Promise<RawAnswer | 'closed' | 'silent'> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let received = Buffer.alloc(0);
    const finish = (answer: RawAnswer | 'closed' | 'silent'): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish('silent'));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = parse(received);
      if (answer !== null) finish(answer);
    });
    // An answer may come before all was sent: then writing fails, and what came is what counts.
    socket.on('error', () => finish(parse(received) ?? 'closed'));
    socket.on('close', () => finish(parse(received) ?? 'closed'));
    for (const chunk of chunks) socket.write(chunk);
    if (close) socket.end();
  });
