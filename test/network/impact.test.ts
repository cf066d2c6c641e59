/** Check 34, impact: which receipts of a tenant used what a ban names, and nobody else's (DESIGN §7). */
import { describe, expect, test } from 'vitest';
import { DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { networkBanImpact, ownBanImpact } from '../../src/services/bans.ts';
import { finishDispatch } from '../../src/services/dispatches.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { dispatch, newNetwork, start, type TestNetwork, WORKER } from '../support/networks.ts';
import { okValue, question, type TestTenant } from '../support/tenant-client.ts';

const RECORD_HASH = sha256Hex(canonicalJson(DEMO_WORKERS[0]));
const CODE = 'c'.repeat(64);

interface Shown {
  readonly receipt_id: string;
  readonly seq: number;
  readonly type: string;
  readonly decision_id: string;
}

const impact = async (tenant: TestTenant, ban: JsonObject, limit = 50): Promise<Shown[]> => {
  const all: Shown[] = [];
  for (let before: number | null = null; ; ) {
    const page: JsonObject = okValue(
      await networkBanImpact(tenant.deps, tenant.caller, String(ban.ban_id), { before, limit }),
    );
    all.push(...(page.receipts as unknown as Shown[]));
    if (page.next_cursor === null) return all;
    before = Number(page.next_cursor);
  }
};

/** One tenant that used the worker, started and finished it; its ids in order. */
const used = async (network: TestNetwork): Promise<{ readonly tenant: TestTenant; readonly decisionId: string }> => {
  const [tenant = expect.fail('no tenant')] = await network.open();
  const held = await dispatch(tenant);
  okValue(await start(tenant, held));
  okValue(await finishDispatch(tenant.deps, tenant.caller, held.id, 'completed', {}));
  // Another worker, and a question that came to nothing.
  await tenant.route(question({ capability_id: 'cap.doc.hash' }));
  await tenant.route(question({ capability_id: 'cap.unknown' }));
  return { tenant, decisionId: held.id };
};

describe('34. the impact of a ban', () => {
  test.each([
    ['worker', { worker_id: WORKER }],
    ['record hash', { sha256: RECORD_HASH }],
  ])('by %s: decision, start and outcome, newest first, page by page; not another tenant’s', async (_, target) => {
    const network = newNetwork();
    const { tenant, decisionId } = await used(network);
    const { tenant: other } = await used(network);
    const ban = await network.ban(target);
    await tenant.route();
    const found = await impact(tenant, ban);
    expect(found.map(({ type }) => type)).toEqual(['wcp.dispatch.completed', 'wcp.dispatch.started', 'wcp.decision']);
    expect(new Set(found.map((one) => one.decision_id))).toEqual(new Set([decisionId]));
    expect(await impact(tenant, ban, 1)).toEqual(found);
    const theirs = await impact(other, ban);
    expect(theirs).toHaveLength(3);
    expect(theirs.map((one) => one.receipt_id)).not.toEqual(found.map((one) => one.receipt_id));
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('by namespace: all of its workers', async () => {
    const network = newNetwork();
    const { tenant } = await used(network);
    const found = await impact(tenant, await network.ban({ namespace: 'org.example' }));
    expect(found.filter(({ type }) => type === 'wcp.decision')).toHaveLength(2);
  });

  test('by the hash of code that the worker had reported when it was chosen', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await dispatch(tenant);
    const beat = (codeHash: string) =>
      tenant.submit({ kind: 'worker.heartbeat', workerId: WORKER, status: null, codeHash } as never);
    await beat(CODE);
    const { id } = await dispatch(tenant);
    await beat('d'.repeat(64));
    await dispatch(tenant);
    const found = await impact(tenant, await network.ban({ sha256: CODE }));
    expect(found.map((one) => one.decision_id)).toEqual([id]);
  });

  test('of a ban of the tenant’s own, and of none', async () => {
    const network = newNetwork();
    const { tenant } = await used(network);
    const [reply] = await tenant.submit({ kind: 'ban.issue', ban: { target: { worker_id: WORKER }, reason: 'ours' } });
    const { ban_id } = (reply as unknown as { value: { ban_id: string } }).value;
    const page = { before: null, limit: 50 };
    expect(okValue(await ownBanImpact(tenant.deps, tenant.caller, ban_id, page))).toMatchObject({ ban_id, count: 3 });
    for (const find of [ownBanImpact, networkBanImpact]) {
      expect(await find(tenant.deps, tenant.caller, 'ban_x', page)).toMatchObject({ error: { code: 'not_found' } });
    }
  });
});
