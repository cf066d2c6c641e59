/**
 * Server-sent events over fetch, which can carry a credential. Reconnects after the last id, so nothing is missing and
 * nothing is told twice, however long it was away.
 */
import { credential, scoped } from '../session/session.ts';

export interface StreamEvent {
  /** The seq of its entry. */
  readonly id: number;
  readonly data: string;
}

export type StreamState = 'live' | 'waiting' | 'refused';

export interface StreamListener {
  readonly onEvents: (events: readonly StreamEvent[]) => void;
  readonly onState: (state: StreamState) => void;
}

const AGAIN_MS = [500, 1_000, 2_000, 5_000] as const;

/** Events that are whole; what is left is the beginning of the next one. */
export const readEvents = (text: string): { readonly events: readonly StreamEvent[]; readonly rest: string } => {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.flatMap((block) => {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [id, data] = [field('id'), field('data')];
    return id === undefined || data === undefined ? [] : [{ id: Number(id), data }];
  });
  return { events, rest };
};

/** One connection, until it ends; answers the last id. */
const listen = async (path: string, after: number, signal: AbortSignal, listener: StreamListener): Promise<number> => {
  const response = await fetch(scoped(`${path}?after=${after}`), { signal, headers: credential() });
  if (response.status === 401 || response.status === 403) {
    listener.onState('refused');
    return Number.NaN;
  }
  if (!response.ok || response.body === null) throw new Error(`the service answered ${response.status}`);
  listener.onState('live');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let last = after;
  for (let buffer = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return last;
    const { events, rest } = readEvents(buffer + value);
    buffer = rest;
    // A proxy that repeats itself is not believed.
    const fresh = events.filter(({ id }) => id > last);
    last = fresh.at(-1)?.id ?? last;
    if (fresh.length > 0) listener.onEvents(fresh);
    progress.set(signal, last);
  }
};

/** How far a listener has come, also where its connection broke. */
const progress = new WeakMap<AbortSignal, number>();

/** Listens from after a seq until it is aborted. */
export const follow = async (
  path: string,
  after: number,
  signal: AbortSignal,
  listener: StreamListener,
): Promise<void> => {
  progress.set(signal, after);
  for (let failures = 0; !signal.aborted; ) {
    try {
      const last = await listen(path, progress.get(signal) ?? after, signal, listener);
      if (Number.isNaN(last)) return;
      failures = 0;
    } catch {
      if (signal.aborted) return;
      listener.onState('waiting');
      failures++;
    }
    const waitMs = failures === 0 ? 0 : (AGAIN_MS[Math.min(failures, AGAIN_MS.length) - 1] ?? 0);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
};
