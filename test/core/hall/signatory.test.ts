/** WCP 4.3: who may speak as a tenant_id. */
import { describe, expect, test } from 'vitest';
import type { SignatoryEvidence } from '../../../src/core/hall/input.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, input, NOBODY, openHall } from '../../support/hall.ts';

const valid = (tenant_id: string): SignatoryEvidence => ({ kind: 'valid', tenant_id });
const invalid: SignatoryEvidence = { kind: 'invalid', reason: 'expired' };
const listed = { allowed_tenants: ['acme-corp'] };

const ROWS: readonly [string, JsonObject, SignatoryEvidence, string | null][] = [
  ['nothing demanded', {}, NOBODY, null],
  ['listed', { require_signatory: true, ...listed }, NOBODY, null],
  ['not listed', { require_signatory: true, allowed_tenants: ['acme'] }, NOBODY, 'not_in_allow_list'],
  ['not listed, signed', { require_signatory: true }, valid('acme-corp'), null],
  ['not listed, signed for another', { require_signatory: true }, valid('other'), 'tenant_claim_mismatch'],
  ['not listed, badly signed', { require_signatory: true }, invalid, 'credential_invalid'],
  [
    'credential demanded, none',
    { require_signatory: true, require_credential: true, ...listed },
    NOBODY,
    'credential_missing',
  ],
  ['credential demanded, bad', { require_credential: true, ...listed }, invalid, 'credential_invalid'],
  ['credential demanded, another', { require_credential: true, ...listed }, valid('x'), 'tenant_claim_mismatch'],
  ['credential demanded, good', { require_credential: true }, valid('acme-corp'), null],
];

describe('4.3 signatories', () => {
  test.each(ROWS)('%s', (_, settings, signatory, reason) => {
    const { decision } = ask(input(), openHall({ settings }), { signatory });
    if (reason === null) expect(decision.outcome).toBe('DISPATCH');
    else expect(decision.deny_reason_if_denied).toMatchObject({ code: 'DENY_UNKNOWN_TENANT', reason });
  });

  test('the tenant_id is not repeated in prod', () => {
    const { decision } = ask(input({ env: 'prod' }), openHall({ settings: { require_signatory: true } }));
    expect(JSON.stringify(decision.deny_reason_if_denied)).not.toContain('acme-corp');
  });
});
