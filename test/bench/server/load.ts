/**
 * The load generator, a process of its own: keep-alive connections over raw sockets, each with one request under way.
 * It reads only as much of a reply as it must (length, and the marks a reply has to hold), so that it stays far
 * cheaper than the server it measures.
 */
import { createConnection, type Socket } from 'node:net';
import { quantile } from '../stats.ts';

export interface Job {
  readonly port: number;
  /** Whole requests, header and body; each connection sends them in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  /** Ends after this time, or after `count` replies if that is given. */
  readonly durationMs: number;
  readonly count?: number;
  /** Texts that every reply has to contain. */
  readonly marks?: readonly string[];
}

export interface Outcome {
  readonly replies: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  /** Replies that were not 200, or lacked a mark. */
  readonly wrong: number;
  /** One of them, to look at. */
  readonly sample: string | null;
}

const HEADER_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('0\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** Length of the first whole reply in the buffer, or 0. */
const replyLength = (bytes: Buffer): number => {
  const headerEnd = bytes.indexOf(HEADER_END);
  if (headerEnd < 0) return 0;
  const length = LENGTH.exec(bytes.toString('latin1', 0, headerEnd))?.[1];
  if (length === undefined) return bytes.subarray(-CHUNKS_END.length).equals(CHUNKS_END) ? bytes.length : 0;
  const total = headerEnd + HEADER_END.length + Number(length);
  return bytes.length >= total ? total : 0;
};

const connect = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

export const runJob = async (job: Job): Promise<Outcome> => {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => connect(job.port)));
  const requests = job.requests.map((text) => Buffer.from(text));
  const marks = (job.marks ?? []).map((mark) => Buffer.from(mark));
  const latencies: number[] = [];
  let next = 0;
  let wrong = 0;
  let sample: string | null = null;
  const began = performance.now();
  const deadline = began + job.durationMs;
  let lastAt = began;
  const isOver = (now: number): boolean => now >= deadline || (job.count !== undefined && next >= job.count);

  const judge = (reply: Buffer): void => {
    const good = reply.toString('latin1', 9, 12) === '200' && marks.every((mark) => reply.includes(mark));
    if (good) return;
    wrong++;
    sample ??= reply.toString('latin1', 0, 600);
  };

  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        socket.write(requests[next++ % requests.length] ?? Buffer.alloc(0));
      };
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        if (replyLength(received) === 0) return;
        const now = performance.now();
        if (now <= deadline) {
          latencies.push(now - sentAt);
          lastAt = now;
        }
        judge(received);
        received = Buffer.alloc(0);
        if (isOver(now)) socket.end(resolve);
        else send();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
      if (isOver(began)) socket.end(resolve);
      else send();
    });

  await Promise.all(sockets.map(drive));
  const elapsedMs = (job.count === undefined ? deadline : lastAt) - began;
  latencies.sort((a, b) => a - b);
  return {
    replies: latencies.length,
    perSecond: (latencies.length * 1000) / elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    wrong,
    sample,
  };
};

if (process.send !== undefined) {
  process.on('message', (job: Job) => {
    runJob(job).then(
      (outcome) => process.send?.({ outcome }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
