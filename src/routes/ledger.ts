/** The ledger, for anyone who wants to check it: entries, receipts, proofs, checkpoints, export (DESIGN §6). */
import { z } from 'zod';
import type { Deps } from '../services/deps.ts';
import {
  checkpoint,
  entries,
  exportLedger,
  ledgerOf,
  networkLedger,
  proof,
  type Readable,
  receipt,
} from '../services/ledger.ts';
import type { CallerFor } from './caller.ts';
import type { App } from './context.ts';
import type { Access } from './contract.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, replyText } from './reply.ts';
import { EvidenceReceipt, ListQuery } from './schemas.ts';

const SEQ = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const mountLedger = (app: App): void => {
  mountOne(app, '/v1/ledger', 'tenant', '', ledgerOf);
  mountOne(app, '/v1/network/ledger', 'public', 'Of the network’s own ledger: ', networkLedger);
};

/** The same routes for every ledger. */
const mountOne = <A extends Access>(
  app: App,
  prefix: string,
  access: A,
  whose: string,
  ledger: (deps: Deps, caller: CallerFor<A>) => Readable,
): void => {
  const summary = (text: string): string =>
    whose === '' ? text : whose + text.charAt(0).toLowerCase() + text.slice(1);
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/entries`,
      summary: summary('Signed entries in order'),
      tag: 'Ledger',
      access,
      query: ListQuery.extend({
        from: SEQ.default(1).meta({ description: 'the first seq' }),
        cursor: SEQ.optional().meta({ description: '`next_cursor` of the page before' }),
      }),
      ok: {
        schema: z.looseObject({
          entries: z.array(z.looseObject({})),
          count: z.int(),
          size: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) =>
      replyText(c, await entries(deps, ledger(deps, caller), query.cursor ?? query.from, query.limit)),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/receipts/{id}`,
      summary: summary('The receipt of an entry, by seq, receipt_id or decision_id'),
      description: 'With its inclusion proof once a checkpoint covers the entry.',
      tag: 'Ledger',
      access,
      ok: { schema: EvidenceReceipt },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => reply(c, await receipt(deps, ledger(deps, caller), param('id'))),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/proofs/{id}`,
      summary: summary('The inclusion proof of an entry (C2SP tlog-proof)'),
      tag: 'Ledger',
      access,
      ok: { schema: z.string(), type: 'text/plain' },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) =>
      replyText(c, await proof(deps, ledger(deps, caller), param('id')), 'text/plain; charset=utf-8'),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/checkpoint`,
      summary: summary('The latest published checkpoint (C2SP signed note)'),
      tag: 'Ledger',
      access,
      ok: { schema: z.string(), type: 'text/plain' },
      problems: ['not_found'],
    },
    async ({ c, deps, caller }) => replyText(c, await checkpoint(ledger(deps, caller)), 'text/plain; charset=utf-8'),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/checkpoints`,
      summary: summary('Published checkpoints, newest first'),
      tag: 'Ledger',
      access,
      query: ListQuery.extend({
        cursor: SEQ.optional().meta({ description: '`next_cursor` of the page before' }),
      }),
      ok: {
        schema: z.object({
          checkpoints: z.array(z.object({ size: z.int(), note: z.string().meta({ description: 'C2SP signed note' }) })),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) =>
      reply(
        c,
        await ledger(deps, caller).ask({ kind: 'checkpoints.back', before: query.cursor ?? null, limit: query.limit }),
      ),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/consistency`,
      summary: summary('Proof that the tree of one size extends that of another (RFC 6962)'),
      tag: 'Ledger',
      access,
      query: z.object({
        from: SEQ.meta({ description: 'the smaller size' }),
        to: SEQ.meta({ description: 'the larger size, at most that of the latest checkpoint' }),
      }),
      ok: { schema: z.object({ from: z.int(), to: z.int(), hashes: z.array(z.string()) }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, query }) =>
      reply(c, await ledger(deps, caller).ask({ kind: 'consistency', from: query.from, to: query.to })),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${prefix}/export`,
      summary: summary('The whole ledger, verifiable offline (NDJSON)'),
      tag: 'Ledger',
      access,
      ok: { schema: z.string(), type: 'application/x-ndjson' },
      problems: ['not_found'],
    },
    async ({ c, deps, caller }) => {
      const of = ledger(deps, caller);
      const stream = await exportLedger(deps, of);
      if (!stream.ok) return problem(c, stream.error);
      return c.body(stream.value, 200, {
        'content-type': 'application/x-ndjson',
        'content-disposition': `attachment; filename="${of.id}.ledger.ndjson"`,
      });
    },
  );
};
