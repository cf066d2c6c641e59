/** Decisions as they are made, as server-sent events: `id` is the seq of the entry, and `Last-Event-ID` goes on after it. */
import { z } from 'zod';
import { refusal } from '../core/refusal.ts';
import { type FeedPage, openFeed } from '../services/feed.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';

const LIFE_S = 300;
const SEQ = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A comment where there is nothing: proxies keep what moves. */
const textOf = ({ decisions, through }: FeedPage): string =>
  decisions.length === 0
    ? `: ${through}\n\n`
    : decisions.map((one) => `id: ${String(one.seq)}\nevent: decision\ndata: ${JSON.stringify(one)}\n\n`).join('');

const streamOf = (pages: AsyncGenerator<FeedPage>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode('retry: 1000\n\n')),
    async pull(controller) {
      const next = await pages.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(textOf(next.value)));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
};

export const mountEvents = (app: App): void =>
  mount(
    app,
    {
      method: 'get',
      path: '/v1/events',
      summary: 'Decisions as they are made (server-sent events)',
      description:
        'In order, each once. The `id` of an event is the seq of its entry: connect again with `Last-Event-ID`, or `after`, and nothing is missing or told twice. Without either it begins now. A connection ends after five minutes; while nothing happens for minutes, news may take some seconds.',
      tag: 'Decisions',
      access: 'tenant',
      query: z.object({
        after: SEQ.optional().meta({ description: 'only decisions after this seq; `Last-Event-ID` counts before it' }),
        max_s: z.coerce
          .number()
          .int()
          .min(0)
          .max(LIFE_S)
          .default(LIFE_S)
          .meta({ description: 'seconds until it ends; 0: only what there is now' }),
      }),
      ok: { schema: z.string(), type: 'text/event-stream' },
    },
    async ({ c, deps, caller, query }) => {
      const last = c.req.header('last-event-id');
      const seq = last === undefined || last === '' ? query.after : SEQ.safeParse(last).data;
      if (last !== undefined && last !== '' && seq === undefined) {
        const message = 'expected the id of an event';
        return problem(
          c,
          refusal('invalid_parameter', `Last-Event-ID: ${message}`, [{ field: 'Last-Event-ID', message }]),
        );
      }
      const feed = await openFeed(deps, caller, seq ?? null, query.max_s * 1000);
      if (!feed.ok) return problem(c, feed.error);
      return c.body(streamOf(feed.value), 200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
    },
  );
