import { describe, expect, test } from 'vitest';
import { type KeyTerms, openTerms, termsDocument, termsWithin } from '../../../src/core/access/key-terms.ts';
import { SCOPES } from '../../../src/core/caller.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';

const BOUND: KeyTerms = {
  environment: 'test',
  scopes: ['hall:admin', 'hall:read'],
  expiresAt: 2_000,
  allowedIps: ['10.0.0.0/8'],
  rateLimit: { requests: 10, per_s: 1 },
};
const ask = (change: Partial<KeyTerms>): KeyTerms => ({ ...openTerms(['hall:read'], 'test'), ...change });

describe('a key opens nothing that its maker cannot open', () => {
  test.each<[string, Partial<KeyTerms>]>([
    ['scopes', { scopes: ['hall:route'] }],
    ['environment', { environment: 'live' }],
    ['expires_at', { expiresAt: 2_001 }],
    ['allowed_ips', { allowedIps: ['10.0.0.0/8', '192.0.2.1'] }],
    ['allowed_ips', { allowedIps: ['0.0.0.0/0'] }],
    ['rate_limit', { rateLimit: { requests: 11, per_s: 10 } }],
    ['rate_limit', { rateLimit: { requests: 10, per_s: 2 } }],
    ['rate_limit', { rateLimit: { requests: 6, per_s: 1 } }],
  ])('%s beyond it', (field, change) => {
    const slower = { ...BOUND, rateLimit: { requests: 10, per_s: 3 } };
    expect(termsWithin(slower, ask(change))).toMatchObject({
      error: { code: 'key_exceeds_maker', errors: [{ field }] },
    });
  });

  test('what is not named is the maker’s own; what lies within it holds', () => {
    expect(termsWithin(BOUND, ask({}))).toEqual({ ok: true, value: { ...BOUND, scopes: ['hall:read'] } });
    const narrower = ask({ expiresAt: 1_999, allowedIps: ['10.1.0.0/16'], rateLimit: { requests: 1, per_s: 60 } });
    expect(termsWithin(BOUND, narrower)).toEqual({ ok: true, value: narrower });
  });

  test('who is bound by nothing binds as it likes', () => {
    expect(termsWithin(openTerms(SCOPES), ask({ environment: 'live' })).ok).toBe(true);
  });
});

test('the hash by which a ledger names terms is frozen', () => {
  expect(sha256Hex(canonicalJson(termsDocument('ci', BOUND)))).toBe(
    'dc3b3bf91f2bf9b9de5545b5687132d493447174f407ff6f1e2b8cced38536d0',
  );
});
