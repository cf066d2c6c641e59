/**
 * What is stored stays readable: a released schema step is never edited, and a database of version 1, frozen as it was
 * written, is opened by the code of today. To change a table, add a step; the vectors only ever grow.
 */
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import { LEDGER_SCHEMA } from '../../src/ledger/ddl.ts';
import { NETWORK_SCHEMA } from '../../src/network/schema.ts';
import { TENANT_SCHEMA } from '../../src/tenant/schema.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { openStored, type StoredTenant } from '../support/stored-tenant.ts';
import { OPERATOR, okValue, question, type TestTenant } from '../support/tenant-client.ts';
import pinned from '../vectors/object-schema.json';
import frozen from '../vectors/tenant-v1.json';

const WRITTEN = Number(frozen.tables.head.rows[0]?.[1]);
const open = (): Promise<TestTenant> => openStored(frozen as unknown as StoredTenant);

test('every step has the text that it was released with', () => {
  const steps = [...LEDGER_SCHEMA, ...TENANT_SCHEMA, ...NETWORK_SCHEMA].map(({ area, step, sql }) => [
    `${area}/${step}`,
    sha256Hex(sql),
  ]);
  expect(Object.fromEntries(steps)).toEqual(pinned);
});

describe('a database of version 1', () => {
  test('holds as a ledger, and every decision in it is recomputed to its bytes', async () => {
    const { size, entries, checkpoints } = await checkLedger(await open(), WRITTEN);
    expect(size).toBe(WRITTEN);
    expect(checkpoints.length).toBeGreaterThan(1);
    expect(new Set(entries.map(({ stream }) => stream)).size).toBe(5);
  });

  test('gives the idempotent reply that it gave', async () => {
    const tenant = await open();
    const [key, digest, , expires] = frozen.tables.replies.rows[0] ?? [];
    const known = await tenant.rows('SELECT reply FROM replies WHERE key = ?', String(key));
    // Its day is over; it is asked for as of then.
    await tenant.inside((_, { storage }) => storage.sql.exec('UPDATE replies SET expires_at = ?', Date.now() + 60_000));
    expect(typeof expires).toBe('number');
    await tenant.route(question({ dry_run: true }));
    const reply = await tenant.submitRaw([], { idempotency: { key: String(key), digest: String(digest) } });
    expect(reply).toMatchObject({ kind: 'done', replayed: true });
    expect(reply.kind === 'done' && JSON.stringify(reply.replies)).toBe(known[0]?.reply);
  });

  test('goes on: decides, publishes, and knows its workers, rules, chain and open dispatches', async () => {
    const tenant = await open();
    const chained = { correlation_id: '5f9f5e0e-7d1f-4f6e-9d39-2b6c1d3a7e11', request: { more: 1 } };
    const { decision } = await tenant.route(question(chained));
    expect(decision).toMatchObject({ outcome: 'DISPATCH', matched_rule_id: 'rr_summarize', blast_chain_sum: 3 });
    await tenant.settled();
    const decisions = okValue(
      await tenant.deps.tenant(tenant.id).ask(OPERATOR, { kind: 'decisions', filter: {}, before: null, limit: 100 }),
    ).decisions as { dispatch: string | null }[];
    const states = new Set(decisions.map(({ dispatch }) => dispatch));
    for (const state of ['open', 'started', 'completed', 'failed', 'outcome_missing']) expect(states).toContain(state);
    const { size, checkpoints } = await checkLedger(tenant, WRITTEN);
    expect(checkpoints.at(-1)?.size).toBe(size);
  });
});
