import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseJson } from '../../../src/core/json.ts';
import { LedgerVerifier } from '../../../src/core/ledger/verifier.ts';
import { pinned, verifyEd25519 } from './fixture.ts';
import { ledgerVectors } from './vectors.ts';

const frozen = readFileSync(join(import.meta.dirname, '../../vectors/ledger.json'), 'utf8');

it('entries, hashes, proofs, notes and exports are byte for byte the frozen ones', () => {
  expect(`${JSON.stringify(ledgerVectors(), null, 2)}\n`).toBe(frozen);
});

it('the frozen export verifies', () => {
  const parsed = parseJson(frozen);
  const lines = parsed.ok ? (parsed.value as { export: string[] }).export : [];
  const verifier = new LedgerVerifier({ verifyEd25519, keys: pinned });
  for (const line of lines) verifier.line(line);
  expect(verifier.finish()).toMatchObject({ ok: true, summary: { entries: 7, covered: 7, checkpoints: 1 } });
});
