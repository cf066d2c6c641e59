/** The ledger, for anyone who wants to check it: entries, receipts, proofs, checkpoints, export (DESIGN §6). */
import { z } from 'zod';
import { ask, checkpoint, entries, exportLedger, proof, receipt } from '../services/ledger.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, replyText } from './reply.ts';
import { EvidenceReceipt, ListQuery } from './schemas.ts';

const SEQ = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const mountLedger = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/entries',
      summary: 'Signed entries in order',
      tag: 'Ledger',
      access: 'tenant',
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
      replyText(c, await entries(deps, caller, query.cursor ?? query.from, query.limit)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/receipts/{id}',
      summary: 'The receipt of an entry, by seq, receipt_id or decision_id',
      description: 'With its inclusion proof once a checkpoint covers the entry.',
      tag: 'Ledger',
      access: 'tenant',
      ok: { schema: EvidenceReceipt },
    },
    async ({ c, deps, caller, param }) => reply(c, await receipt(deps, caller, param('id'))),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/proofs/{id}',
      summary: 'The inclusion proof of an entry (C2SP tlog-proof)',
      tag: 'Ledger',
      access: 'tenant',
      ok: { schema: z.string(), type: 'text/plain' },
    },
    async ({ c, deps, caller, param }) =>
      replyText(c, await proof(deps, caller, param('id')), 'text/plain; charset=utf-8'),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/checkpoint',
      summary: 'The latest published checkpoint (C2SP signed note)',
      tag: 'Ledger',
      access: 'tenant',
      ok: { schema: z.string(), type: 'text/plain' },
    },
    async ({ c, deps, caller }) => replyText(c, await checkpoint(deps, caller), 'text/plain; charset=utf-8'),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/consistency',
      summary: 'Proof that the tree of one size extends that of another (RFC 6962)',
      tag: 'Ledger',
      access: 'tenant',
      query: z.object({
        from: SEQ.meta({ description: 'the smaller size' }),
        to: SEQ.meta({ description: 'the larger size, at most that of the latest checkpoint' }),
      }),
      ok: { schema: z.object({ from: z.int(), to: z.int(), hashes: z.array(z.string()) }) },
    },
    async ({ c, deps, caller, query }) =>
      reply(c, await ask(deps, caller, { kind: 'consistency', from: query.from, to: query.to })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/export',
      summary: 'The whole ledger, verifiable offline (NDJSON)',
      tag: 'Ledger',
      access: 'tenant',
      ok: { schema: z.string(), type: 'application/x-ndjson' },
    },
    async ({ c, deps, caller }) => {
      const stream = await exportLedger(deps, caller);
      if (!stream.ok) return problem(c, stream.error);
      return c.body(stream.value, 200, {
        'content-type': 'application/x-ndjson',
        'content-disposition': `attachment; filename="${caller.tenant}.ledger.ndjson"`,
      });
    },
  );
};
