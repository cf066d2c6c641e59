/** Signed answers as anybody can check them (FORMATS 13): made once with OpenSSL, checked with core alone. */
import { describe, expect, test } from 'vitest';
import { PasskeyEvidence } from '../../../src/core/approval/evidence.ts';
import {
  answerChallenge,
  assertionFault,
  isGoodKey,
  readSpki,
  type SignedWith,
} from '../../../src/core/approval/passkey.ts';
import { toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256 } from '../../../src/core/hash.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import pinned from '../../vectors/passkeys.json';

const terms = { ...pinned.terms, verdict: 'approve' } as const;
const vectors = pinned.signed.map(({ spki, signed }) => ({ spki, signed: signed as SignedWith }));
const [es256] = vectors;
const signed = es256?.signed as SignedWith;

describe('what is signed', () => {
  test('is the hash of the four terms', () => {
    expect(answerChallenge(terms)).toBe(pinned.challenge);
    expect(pinned.challenge).toBe(toBase64Url(sha256(canonicalJson(terms))));
    for (const other of [{ verdict: 'deny' }, { policy: null }, { expires_at: 1 }, { subject_hash: '' }]) {
      expect(answerChallenge({ ...terms, ...other } as typeof terms)).not.toBe(pinned.challenge);
    }
  });

  test.each(vectors)('holds: $signed.algorithm', ({ spki, signed: one }) => {
    expect(readSpki(spki)).toEqual({ algorithm: one.algorithm, public_key: one.public_key });
    expect(isGoodKey(one)).toBe(true);
    expect(assertionFault(one, one, pinned.challenge)).toBeNull();
    expect(assertionFault(one, one, answerChallenge({ ...terms, verdict: 'deny' }))).toBe('signed for another answer');
    expect(assertionFault({ ...one, rp_id: 'hall.example.com' }, one, pinned.challenge)).toBe(
      'signed for another site',
    );
    const other = vectors.find(({ signed: { algorithm } }) => algorithm !== one.algorithm)?.signed as SignedWith;
    expect(assertionFault({ ...other, credential_id: one.credential_id }, one, pinned.challenge)).toBe(
      'the signature does not hold',
    );
  });

  test.each([
    ['nothing', ''],
    ['no client data', toBase64Url(utf8('[]'))],
    ['two challenges', toBase64Url(utf8(`{"type":"webauthn.get","challenge":"${pinned.challenge}","challenge":"x"}`))],
    ['no origin', toBase64Url(utf8(`{"type":"webauthn.get","challenge":"${pinned.challenge}"}`))],
  ])('%s is refused, and nothing thrown', (_, client_data_json) => {
    expect(assertionFault(signed, { ...signed, client_data_json }, pinned.challenge)).not.toBeNull();
  });

  test.each([
    'https://example.com.evil.test',
    'https://evilexample.com',
    'http://example.com',
    'https://user@example.com',
    'null',
  ])('an origin %s is not of example.com', (origin) => {
    const client = { type: 'webauthn.get', challenge: pinned.challenge, origin };
    const client_data_json = toBase64Url(utf8(JSON.stringify(client)));
    expect(assertionFault(signed, { ...signed, client_data_json }, pinned.challenge)).toBe('signed on another site');
  });

  test('a key of another kind, off the curve, or cut short is none', () => {
    expect(readSpki('AAAA')).toBeNull();
    expect(readSpki('+')).toBeNull();
    expect(isGoodKey({ algorithm: 'ES256', public_key: toBase64Url(new Uint8Array(65).fill(4)) })).toBe(false);
    expect(isGoodKey({ algorithm: 'EdDSA', public_key: 'AAAA' })).toBe(false);
  });
});

describe('in a ledger', () => {
  const { algorithm, credential_id, public_key, rp_id } = signed;
  const registration = { algorithm, credential_id, public_key, rp_id, user_id: 'user_1' };
  const answer = (change: JsonObject = {}): JsonObject => ({
    approval_id: 'apr_1',
    ...terms,
    passkey: { ...signed },
    ...change,
  });
  type Line = readonly [type: string, actor: string, body: JsonObject];
  const read = (...entries: readonly Line[]): string | null => {
    const evidence = new PasskeyEvidence();
    return (
      entries.map(([type, actor, body]) => evidence.judge(type, actor, body)).find((said) => said !== null) ?? null
    );
  };
  const REGISTERED = ['hall.passkey.registered', 'user_1', registration] as const;
  const DEMANDED = ['wcp.approval.requested', 'key_1', { approval_id: 'apr_1', passkey: true }] as const;
  const APPROVED = 'wcp.approval.approved';

  test('a signed yes of the person whose key it is', () => {
    expect(read(REGISTERED, DEMANDED, [APPROVED, 'user_1', answer()])).toBeNull();
    expect(read(REGISTERED, ['cap.approval_resolved', 'user_1', answer()])).toBeNull();
  });

  test.each<{ what: string; entries: readonly Line[] }>([
    {
      what: 'not signed',
      entries: [REGISTERED, DEMANDED, [APPROVED, 'user_1', { ...answer(), passkey: undefined } as never]],
    },
    { what: 'never registered', entries: [DEMANDED, [APPROVED, 'user_1', answer()]] },
    { what: 'registered later', entries: [[APPROVED, 'user_1', answer()], REGISTERED] },
    {
      what: 'given up before',
      entries: [REGISTERED, ['hall.passkey.revoked', 'user_1', { credential_id }], [APPROVED, 'user_1', answer()]],
    },
    { what: 'by somebody else', entries: [REGISTERED, [APPROVED, 'user_2', answer()]] },
    { what: 'registered by somebody else', entries: [['hall.passkey.registered', 'user_2', registration]] },
    { what: 'registered twice', entries: [REGISTERED, REGISTERED] },
    {
      what: 'another question',
      entries: [REGISTERED, [APPROVED, 'user_1', answer({ subject_hash: 'ef'.repeat(32) })]],
    },
    { what: 'another policy', entries: [REGISTERED, [APPROVED, 'user_1', answer({ policy: null })]] },
    { what: 'another time', entries: [REGISTERED, [APPROVED, 'user_1', answer({ expires_at: 1 })]] },
    {
      what: 'another verdict',
      entries: [REGISTERED, ['wcp.approval.rejected', 'user_1', answer({ verdict: 'deny' })]],
    },
    {
      what: 'another key under its name',
      entries: [REGISTERED, [APPROVED, 'user_1', answer({ passkey: { ...signed, public_key: 'AAAA' } })]],
    },
    { what: 'of no known form', entries: [REGISTERED, [APPROVED, 'user_1', answer({ passkey: { signature: 'x' } })]] },
  ])('$what is found', ({ entries }) => expect(read(...entries)).not.toBeNull());

  test('who says no, or nothing, need not sign', () => {
    const { passkey, ...plain } = answer({ verdict: 'deny' });
    expect(read(DEMANDED, ['wcp.approval.rejected', 'user_1', plain])).toBeNull();
    expect(read(DEMANDED, ['cap.approval_resolved', 'guildhall', { ...plain, verdict: null }])).toBeNull();
  });
});
