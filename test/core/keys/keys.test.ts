/** API keys, the key ring and dispatch grants: forged, mistyped, rotated, re-derived. */
import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { makeSecrets } from '../../../src/cli/secrets.ts';
import { toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { parseTenantId } from '../../../src/core/ids.ts';
import { API_KEY_SEARCH, mintApiKey, parseApiKey } from '../../../src/keys/api-key.ts';
import { type GrantClaims, readGrant, signGrant } from '../../../src/keys/grant.ts';
import { loadKeyRing, thumbprint, verifyEd25519 } from '../../../src/keys/ring.ts';

const SECRET = 'a secret of the service, at least 32 characters';
const tenant = parseTenantId('acme-corp') ?? expect.fail('a tenant id');

describe('API keys', () => {
  test('a minted key is read back, with its tenant, its environment and its SHA-256', () => {
    const { key, hash } = mintApiKey(tenant, 'live', SECRET);
    expect(key).toMatch(new RegExp(`^${API_KEY_SEARCH}$`));
    expect(hash).toBe(sha256Hex(key));
    expect(parseApiKey(key, SECRET)).toEqual({ tenant, environment: 'live', hash });
  });

  test('no two keys are the same', () => {
    const keys = Array.from({ length: 500 }, () => mintApiKey(tenant, 'test', SECRET).key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('one wrong character anywhere is refused', () => {
    const { key } = mintApiKey(tenant, 'test', SECRET);
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === 'a' ? 'b' : 'a';
      expect(parseApiKey(key.slice(0, at) + other + key.slice(at + 1), SECRET), `at ${at}`).toBeNull();
    }
  });

  test('a key of another service, of another tenant, or of no shape is refused', () => {
    const { key } = mintApiKey(tenant, 'live', SECRET);
    expect(parseApiKey(key, 'the secret of some other service, also long')).toBeNull();
    expect(parseApiKey(key.replace('acme-corp', 'acme-cor'), SECRET)).toBeNull();
    for (const text of ['', 'guild_live_', 'sk_live_abc', key.slice(0, -1), `${key}a`, ` ${key}`]) {
      expect(parseApiKey(text, SECRET)).toBeNull();
    }
  });

  test('a key that was judged before is judged the same, and only under the same secret', () => {
    const { key, hash } = mintApiKey(tenant, 'live', SECRET);
    for (let time = 0; time < 3; time++) {
      expect(parseApiKey(key, SECRET)).toEqual({ tenant, environment: 'live', hash });
      expect(parseApiKey(key, 'the secret of some other service, also long')).toBeNull();
    }
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseApiKey(text, SECRET) === null));
  });
});

const keysOf = (secrets: string): { use: string; jwk: object }[] => JSON.parse(secrets);

describe('the key ring', () => {
  test('publishes thumbprints and no private part', () => {
    const ring = loadKeyRing(makeSecrets().SIGNING_KEYS);
    expect(ring.jwks.keys.map((key) => key.use)).toEqual(['receipt', 'sig', 'log', 'witness']);
    for (const key of ring.jwks.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
      expect(key.kid).toBe(thumbprint(key));
    }
  });

  test('after a rotation the new key signs, and the old one still verifies and re-derives', () => {
    const before = makeSecrets().SIGNING_KEYS;
    const after = JSON.stringify([...keysOf(makeSecrets().SIGNING_KEYS), ...keysOf(before)]);
    const old = loadKeyRing(before).active('receipt');
    const ring = loadKeyRing(after);
    const message = utf8('f'.repeat(64));
    const signature = old.sign(message);
    expect(ring.active('receipt').kid).not.toBe(old.kid);
    const rotatedOut = ring.byId('receipt', old.kid) ?? expect.fail('the old key is gone');
    expect(verifyEd25519(rotatedOut.rawPublic, message, signature)).toBe(true);
    expect(rotatedOut.sign(message)).toEqual(signature);
    expect(ring.jwks.keys.map((key) => key.kid)).toContain(old.kid);
  });

  test('a key is known under its own use only', () => {
    const ring = loadKeyRing(makeSecrets().SIGNING_KEYS);
    expect(ring.byId('grant', ring.active('receipt').kid)).toBeUndefined();
  });

  test('a broken ring is refused when it is loaded', () => {
    for (const secret of ['[]', '[{"use":"receipt","jwk":{"kty":"RSA"}}]', '{}']) {
      expect(() => loadKeyRing(secret)).toThrow();
    }
  });

  test('verifying never throws on keys and signatures of any shape', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(fc.property(bytes, bytes, bytes, (key, message, signature) => !verifyEd25519(key, message, signature)));
  });
});

const CLAIMS: GrantClaims = {
  iss: 'guildhall.test',
  aud: 'acme-corp',
  sub: 'org.test.summarizer',
  jti: '0d8f1d6e-0000-4000-8000-00000000000c',
  iat: 1_800_000_000,
  exp: 1_800_000_300,
  cap: 'cap.doc.summarize',
  request_hash: '0'.repeat(64),
  receipt_hash: '1'.repeat(64),
};

describe('dispatch grants', () => {
  const ring = loadKeyRing(makeSecrets().SIGNING_KEYS);

  test('are read back, and the same claims give the same token', async () => {
    const token = signGrant(CLAIMS, ring);
    expect(signGrant(CLAIMS, ring)).toBe(token);
    expect(await readGrant(token, ring)).toEqual({ ok: true, value: CLAIMS });
  });

  test('any JOSE library verifies one offline with the published keys', async () => {
    const published = createLocalJWKSet({ keys: ring.jwks.keys.map((key) => ({ ...key })) });
    const { payload } = await jwtVerify(signGrant(CLAIMS, ring), published, {
      audience: CLAIMS.aud,
      typ: 'guildhall-grant+jwt',
      currentDate: new Date(CLAIMS.iat * 1000),
    });
    expect(payload.sub).toBe(CLAIMS.sub);
  });

  test('a changed character, another ring, another algorithm or type: refused with its reason', async () => {
    const token = signGrant(CLAIMS, ring);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const forged = toBase64Url(utf8(JSON.stringify({ ...CLAIMS, sub: 'org.test.other' })));
    expect(await readGrant(`${header}.${forged}.${signature}`, ring)).toMatchObject({
      error: { reason: 'grant_signature_invalid' },
    });
    const none = toBase64Url(utf8(JSON.stringify({ alg: 'none', typ: 'guildhall-grant+jwt' })));
    expect((await readGrant(`${none}.${payload}.`, ring)).ok).toBe(false);
    const stranger = loadKeyRing(makeSecrets().SIGNING_KEYS);
    expect(await readGrant(signGrant(CLAIMS, stranger), ring)).toMatchObject({
      error: { reason: 'grant_signature_invalid' },
    });
    for (const text of ['', '.', '..', 'a.b.c', token.slice(0, -2)])
      expect((await readGrant(text, ring)).ok).toBe(false);
  });
});
