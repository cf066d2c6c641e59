/** WCP 4.3 and RFC 8725: the attack corpus, judged by the same function that the Worker calls. */
import { beforeAll, describe, expect, test } from 'vitest';
import { parseTenantId } from '../../../src/core/ids.ts';
import type { Result } from '../../../src/core/result.ts';
import type { TokenFault } from '../../../src/core/signatory/fault.ts';
import type { Vouched } from '../../../src/core/signatory/presented.ts';
import { type SignatorySet, SignatoryTerms, signatorySet } from '../../../src/core/signatory/signatory.ts';
import { outbound } from '../../../src/keys/outbound.ts';
import { IssuerCache } from '../../../src/services/issuer-cache.ts';
import { judgeToken } from '../../../src/services/vouching.ts';
import { ATTACKS, type Bench, benchOf, GOOD, makeKeys, otherTermsOf, termsOf } from '../../support/token-attacks.ts';

const NOW_MS = 1_800_000_000_000;
const tenant = parseTenantId('acme') ?? expect.fail('a tenant');
const guard = outbound({ loopback: false, fetch: () => expect.fail('nothing is fetched') });

let bench: Bench;
let set: SignatorySet;
beforeAll(async () => {
  const keys = await makeKeys();
  bench = benchOf(keys, NOW_MS / 1000);
  set = signatorySet([
    { ...SignatoryTerms.parse(termsOf(keys)), signatory_id: 'sig_1' },
    { ...SignatoryTerms.parse(otherTermsOf(keys)), signatory_id: 'sig_2' },
  ]);
});

const judge = (token: string, nowMs = NOW_MS): Promise<Result<Vouched, TokenFault>> =>
  judgeToken({ issuers: new IssuerCache(), outbound: guard, nowMs: () => nowMs }, tenant, set, {
    token,
    scheme: null,
    proof: null,
    use: 'use-1',
  });

test('the corpus is large, and no name is twice in it', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(ATTACKS.map(([name]) => name)).size).toBe(ATTACKS.length);
});

test.each(GOOD)('good: %s', async (_, make) => {
  expect(await judge(await make(bench))).toMatchObject({
    ok: true,
    value: { tenantId: 'acme-corp', subject: 'agent-7' },
  });
});

test.each(ATTACKS)('%s: %s', async (_, reason, make) => {
  expect(await judge(await make(bench))).toMatchObject({ ok: false, error: { reason } });
});

describe('to the millisecond', () => {
  test.each([
    ['before nbf and its skew', -10_001, 'not_yet_valid'],
    ['at nbf less its skew', -10_000, null],
    ['just before exp and its skew', 309_999, null],
    ['at exp and its skew', 310_000, 'expired'],
  ])('%s', async (_, offset, reason) => {
    const token = await bench.token({ nbf: bench.now });
    const judged = await judge(token, NOW_MS + offset);
    expect(judged.ok ? null : judged.error.reason).toBe(reason);
  });

  test('the longest life, and a second more', async () => {
    expect((await judge(await bench.token({ exp: bench.now + 600 }))).ok).toBe(true);
    expect(await judge(await bench.token({ iat: undefined, exp: bench.now + 611 }))).toMatchObject({
      error: { reason: 'lifetime_too_long' },
    });
  });
});

test('every byte of a good token counts', async () => {
  const token = await bench.token({}, {}, bench.ed);
  expect((await judge(token)).ok).toBe(true);
  for (let at = 0; at < token.length; at++) {
    for (const other of ['A', '_', '.']) {
      if (token[at] === other) continue;
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect((await judge(changed)).ok, `${at} ${other}`).toBe(false);
    }
    expect((await judge(token.slice(0, at))).ok).toBe(false);
  }
});
