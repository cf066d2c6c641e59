/** Attestation statements: the pinned bytes, and whatever is changed in one. */
import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromHex, toBase64Url } from '../../../src/core/bytes.ts';
import { thumbprintOf } from '../../../src/core/ledger/trust.ts';
import { type Statement, signStatement, statementText, verifyStatement } from '../../../src/core/registry/statement.ts';
import { verifyEd25519 } from '../../../src/keys/ring.ts';

// The first key of RFC 8032, 7.1.
const D = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60') ?? new Uint8Array();
const X = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a') ?? new Uint8Array();
const key = createPrivateKey({
  key: { kty: 'OKP', crv: 'Ed25519', d: toBase64Url(D), x: toBase64Url(X) },
  format: 'jwk',
});
const kid = thumbprintOf(X);

const TERMS = {
  manifest_id: 'att_0b6f5d1e-6a55-4a43-9d7c-2d2f6f0c9a11',
  worker_id: 'org.acme.summarizer',
  worker_species_id: 'wrk.doc.summarizer',
  code_hash: 'ab'.repeat(32),
  hash_method: 'manifest',
  attested_at: '2026-11-21T14:00:00.000Z',
  attested_by: 'org.acme',
  public_key_id: kid,
} as const;
const statement = signStatement(TERMS, (message) => sign(null, message, key));
const judge = (sent: unknown): string => {
  const judged = verifyStatement(sent, (id) => (id === kid ? X : undefined), verifyEd25519);
  return judged.ok ? 'holds' : judged.error;
};

describe('WCP 4.4 attestation statements', () => {
  it('are pinned', () => {
    expect(statementText(TERMS)).toBe(
      'guildhall-attestation/v1 aff7ac47202197409331d082aab5dace5ada6e5d831acf6a8f63c6c79fe065f8',
    );
    expect(statement).toEqual({
      ...TERMS,
      signature: 'ed25519:h_jCebebxe7shIrgpBpEAPssBGY49HT1VHYGC4ahNLNhiY-AhmV6NeAlpw3yR1lx9PQx2TeHONh62mipEbapAQ',
    });
  });

  it('hold as they are, in any order of members', () => {
    expect(judge(statement)).toBe('holds');
    expect(judge(Object.fromEntries(Object.entries(statement).reverse()))).toBe('holds');
  });

  it.each([
    ['a member more', { ...statement, note: 'x' }, 'malformed'],
    ['a hash in upper case', { ...statement, code_hash: 'AB'.repeat(32) }, 'malformed'],
    ['no worker', { ...statement, worker_id: 'wrk.doc.summarizer' }, 'malformed'],
    ['another kind of signature', { ...statement, signature: 'hmac:x' }, 'malformed'],
    ['a short signature', { ...statement, signature: 'ed25519:AAAA' }, 'malformed'],
    ['another key', { ...statement, public_key_id: 'x' }, 'key_untrusted'],
    ['a list', [statement], 'malformed'],
    ['nothing', null, 'malformed'],
  ])('%s: %s', (_, sent, fault) => expect(judge(sent)).toBe(fault));

  test('every member is bound', () => {
    const others: Partial<Record<keyof Statement, string | null>> = {
      manifest_id: 'att_1',
      worker_id: 'org.acme.other',
      worker_species_id: null,
      code_hash: 'ac'.repeat(32),
      hash_method: 'file',
      attested_at: '2026-11-21T14:00:00.001Z',
      attested_by: 'org.other',
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(others)), (name) => {
        expect(judge({ ...statement, [name]: others[name as keyof Statement] })).toBe('signature_invalid');
      }),
    );
  });
});
