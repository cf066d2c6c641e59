/** Signed manifests (awp.v1): the published signatures, the six codes, and what is bound. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromBase64Url } from '../../../src/core/bytes.ts';
import { parseTenantId } from '../../../src/core/ids.ts';
import { type JsonObject, type JsonTokensObject, parseJsonTokens } from '../../../src/core/json.ts';
import { type ExpectedPackage, signedTexts, verifyManifest } from '../../../src/core/registry/manifest.ts';
import {
  ed25519Signature,
  hmacSignature,
  type NamespaceTrust,
  namespaceSecret,
  verifiesManifest,
} from '../../../src/keys/manifest.ts';
import { thumbprint } from '../../../src/keys/ring.ts';
import vectors from '../../vectors/attestation.json' with { type: 'json' };

const tokensOf = (text: string): JsonTokensObject => {
  const read = parseJsonTokens(text);
  if (!read.ok) throw new Error(read.error.reason);
  return read.value as JsonTokensObject;
};

const pair = () => {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as Record<string, string>;
  const x = jwk.x ?? '';
  return {
    jwk: { kty: 'OKP', crv: 'Ed25519', x, d: jwk.d ?? '' },
    kid: thumbprint({ kty: 'OKP', crv: 'Ed25519', x }),
    raw: fromBase64Url(x) ?? new Uint8Array(),
  };
};

const own = pair();
const trust: NamespaceTrust = { secret: vectors.secret, keys: new Map([[own.kid, own.raw]]) };
const PACKAGE: ExpectedPackage = {
  workerId: 'org.acme.summarizer',
  speciesId: 'wrk.doc.summarizer',
  version: null,
  packageHash: `sha256:${'AB'.repeat(32)}`,
};

const verdict = (text: string, expected = PACKAGE, by = trust): string => {
  const judged = verifyManifest(tokensOf(text), JSON.parse(text), expected, (namespace, signature, signed) => {
    expect(namespace).toBe('org.acme');
    return verifiesManifest(by, signature, signed);
  });
  return judged.ok ? judged.value.signedWith : judged.error;
};

const GOOD = JSON.parse(vectors.manifests[0]?.manifest ?? '') as JsonObject;
const changed = (change: JsonObject): string => JSON.stringify({ ...GOOD, ...change });
const without = (...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(GOOD).filter(([name]) => !names.includes(name)));

describe('WCP 4.4 awp.v1', () => {
  it.each(vectors.manifests)('a signature made in Python holds: $signed', ({ manifest, signed }) => {
    expect(signedTexts(tokensOf(manifest))).toContain(signed);
    expect(verdict(manifest)).toBe('hmac');
  });

  it('a signature made over UTF-8 holds as well', () => {
    const manifest = { ...without('signature_hmac_sha256'), worker_version: 'ü' };
    const [python = '', js = ''] = signedTexts(tokensOf(JSON.stringify(manifest)));
    expect(js).toContain('"worker_version":"ü"');
    expect(python).toContain('"worker_version":"\\u00fc"');
    const signature = hmacSignature(js, vectors.secret);
    expect(verdict(JSON.stringify({ ...manifest, signature_hmac_sha256: signature }))).toBe('hmac');
  });

  it('attested_at_utc and trust_statement are free', () => {
    expect(verdict(changed({ trust_statement: 'anything', attested_at_utc: null }))).toBe('hmac');
    expect(verdict(JSON.stringify(without('trust_statement', 'attested_at_utc')))).toBe('hmac');
  });

  it.each([
    ['worker_version', { worker_version: '1.3.9' }],
    ['built_at_utc', { built_at_utc: '2026-11-02T09:00:01+00:00' }],
    ['build_source', { build_source: 'local' }],
    ['a member that we do not know', { reviewed: true }],
    ['the signature', { signature_hmac_sha256: '0'.repeat(64) }],
    ['the form of the signature', { signature_hmac_sha256: 'zz' }],
    ['a second signature that is wrong', { signature_ed25519: 'A'.repeat(86) }],
  ])('%s is bound', (_, change) => expect(verdict(changed(change))).toBe('ATTEST_SIG_INVALID'));

  it.each([
    ['of nothing', '{}', 'ATTEST_MANIFEST_MISSING'],
    ['of another kind', changed({ schema_version: 'awp.v2' }), 'ATTEST_MANIFEST_MISSING'],
    ['without a time', JSON.stringify(without('built_at_utc')), 'ATTEST_MANIFEST_MISSING'],
    ['of a worker of no namespace', changed({ worker_id: 'wrk.acme.summarizer' }), 'ATTEST_NAMESPACE_INVALID'],
    ['of another worker', changed({ worker_id: 'org.acme.other' }), 'ATTEST_MANIFEST_ID_MISMATCH'],
    ['of another species', changed({ worker_species_id: 'wrk.other' }), 'ATTEST_MANIFEST_ID_MISMATCH'],
    ['of another package', changed({ package_hash: 'cd'.repeat(32) }), 'ATTEST_HASH_MISMATCH'],
    ['without a signature', JSON.stringify(without('signature_hmac_sha256')), 'ATTEST_SIGNATURE_MISSING'],
    ['with an empty one', changed({ signature_hmac_sha256: '' }), 'ATTEST_SIGNATURE_MISSING'],
  ])('a manifest %s', (_, text, code) => expect(verdict(text)).toBe(code));

  it('another version than the package is said to have', () => {
    expect(verdict(changed({}), { ...PACKAGE, version: '1.4.1' })).toBe('ATTEST_MANIFEST_ID_MISMATCH');
    expect(verdict(changed({}), { ...PACKAGE, version: '1.4.0' })).toBe('hmac');
  });

  it('Ed25519 over the same bytes, by a key of the namespace only', () => {
    const bare = without('signature_hmac_sha256');
    const [signed = ''] = signedTexts(tokensOf(JSON.stringify(bare)));
    const by = (jwk: typeof own.jwk, keyId?: string) =>
      JSON.stringify({
        ...bare,
        signature_ed25519: ed25519Signature(signed, jwk),
        ...(keyId === undefined ? {} : { public_key_id: keyId }),
      });
    expect(verdict(by(own.jwk))).toBe('ed25519');
    expect(verdict(by(own.jwk, own.kid))).toBe('ed25519');
    const stranger = pair();
    expect(verdict(by(stranger.jwk, stranger.kid))).toBe('ATTEST_SIG_INVALID');
    expect(verdict(by(stranger.jwk, own.kid))).toBe('ATTEST_SIG_INVALID');
    expect(verdict(by(own.jwk, stranger.kid))).toBe('ATTEST_SIG_INVALID');
  });

  it('nothing holds for a namespace without secret and keys', () => {
    expect(verdict(changed({}), PACKAGE, { secret: null, keys: new Map() })).toBe('ATTEST_SIG_INVALID');
  });

  test('any other letter of what is signed breaks the signature', () => {
    const bound = ['worker_version', 'built_at_utc', 'build_source'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...bound), fc.nat(), fc.constantFrom('0', '7', 'x'), (member, at, letter) => {
        const text = String(GOOD[member]);
        const index = at % text.length;
        const other = text.slice(0, index) + letter + text.slice(index + 1);
        fc.pre(other !== text);
        // Not always the signature: a time that is none is no manifest at all.
        expect(verdict(changed({ [member]: other }))).toMatch(/^ATTEST_/);
      }),
    );
  });
});

describe('secrets of namespaces', () => {
  const tenant = (name: string) => parseTenantId(name) ?? expect.fail('a tenant id');

  it('are pinned: another derivation would make every client’s secret worthless', () => {
    expect(namespaceSecret('the secret of a service', tenant('acme-corp'), 'org.acme', 1)).toBe(
      'c28aa8f41971948fa835032c9a3470734826d3742c103e59d8ff9478501f1a0a',
    );
  });

  it('differ by service, tenant, namespace and generation', () => {
    const secrets = [
      namespaceSecret('a', tenant('acme'), 'org.acme', 1),
      namespaceSecret('b', tenant('acme'), 'org.acme', 1),
      namespaceSecret('a', tenant('acme2'), 'org.acme', 1),
      namespaceSecret('a', tenant('acme'), 'org.acme2', 1),
      namespaceSecret('a', tenant('acme'), 'org.acme', 2),
    ];
    expect(new Set(secrets).size).toBe(secrets.length);
  });
});
