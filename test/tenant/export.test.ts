/** The export of a ledger with large rule sets: contents come in pages that one call can carry, each once, none cut. */
import { expect, test } from 'vitest';
import { readKeySet } from '../../src/core/ledger/trust.ts';
import { LedgerVerifier } from '../../src/core/ledger/verifier.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import { publishedKeys } from '../../src/services/discovery.ts';
import { exportLedger, ledgerOf } from '../../src/services/ledger.ts';
import { okValue, openTenant } from '../support/tenant-client.ts';

/** About 1 MB, with characters outside the BMP across the boundary of its parts. */
const largeRules = (name: string) => ({
  rules: Array.from({ length: 500 }, (_, n) => ({
    rule_id: `${name}-${n}`,
    match: { capability_id: `cap.bulk.${n}` },
    decision: { candidate_workers_ranked: [{ worker_species_id: 'wrk.bulk' }] },
    description: '🏛'.repeat(900),
  })),
});

test('every content is there once and whole, and the file verifies', async () => {
  const tenant = await openTenant('large');
  const publish = { kind: 'document.publish', document: 'rules', version: null, force: false } as const;
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const [reply] = await tenant.submit({ ...publish, content: largeRules(name) });
    expect(reply?.kind).toBe('recorded');
  }
  await tenant.route();
  const text = await new Response(
    okValue(await exportLedger(tenant.deps, ledgerOf(tenant.deps, tenant.caller))),
  ).text();
  const hashes = text
    .split('\n')
    .flatMap((line) => /^\{"hash":"([0-9a-f]{64})","kind":"content"/.exec(line)?.[1] ?? []);
  const [stored] = await tenant.rows('SELECT count(DISTINCT hash) AS count FROM contents');
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes.length).toBe(stored?.count);
  expect(text.length).toBeGreaterThan(5_000_000);
  const verifier = new LedgerVerifier({ verifyEd25519, keys: readKeySet(publishedKeys(tenant.deps)) ?? [] });
  verifier.feed(new TextEncoder().encode(text));
  expect(verifier.finish()).toMatchObject({ ok: true });
});
