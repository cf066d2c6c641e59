/** `guildhall attest --offline` and the verification of statements, with no Hall anywhere. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBase64Url, fromHex } from '../../../src/core/bytes.ts';
import type { JsonTokensObject } from '../../../src/core/json.ts';
import { publicKeyJwk } from '../../../src/core/ledger/trust.ts';
import { verifyManifest } from '../../../src/core/registry/manifest.ts';
import { packageHash } from '../../../src/core/registry/package-hash.ts';
import { verifiesManifest } from '../../../src/keys/manifest.ts';
import { thumbprint } from '../../../src/keys/ring.ts';
import { guildhall, NOWHERE } from './terminal.ts';

const SECRET = 'a shared secret';
const FOLDER = '<folder>';
let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'attest-'));
  writeFileSync(at('worker.py'), 'print(1)\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const TERMS = [
  '--worker',
  'org.acme.summarizer',
  '--species',
  'wrk.doc.summarizer',
  '--version',
  '1.2.0-ü',
  '--offline',
];
const sign = (env: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  guildhall(['attest', folder, ...TERMS, ...more], { env: { ...NOWHERE, ...env } });
const verdict = (manifest: JsonTokensObject, keys: ReadonlyMap<string, Uint8Array>): string => {
  const expected = {
    workerId: 'org.acme.summarizer',
    speciesId: 'wrk.doc.summarizer',
    version: '1.2.0-ü',
    packageHash: null,
  };
  const judged = verifyManifest(manifest, manifest, expected, (_, signature, text) =>
    verifiesManifest({ secret: SECRET, keys }, signature, text),
  );
  return judged.ok ? judged.value.signedWith : judged.error;
};

describe('a manifest', () => {
  test('signed with the secret of the namespace', async () => {
    const said = await sign({ WCP_ATTEST_HMAC_KEY: SECRET }, '--trust', 'mine', '--source', 'ci');
    expect(said.code).toBe(0);
    const manifest = JSON.parse(said.out);
    expect(verdict(manifest, new Map())).toBe('hmac');
    expect(manifest).toMatchObject({ build_source: 'ci', trust_statement: 'mine' });
    expect(verdict({ ...manifest, worker_version: '1' }, new Map())).toBe('ATTEST_MANIFEST_ID_MISMATCH');
  });

  test('signed with a key, and left in the folder without changing its hash', async () => {
    const { kty, crv, x = '', d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    const key = join(tmpdir(), `key-${process.pid}.jwk`);
    writeFileSync(key, JSON.stringify({ kty, crv, x, d }));
    const before = (await guildhall(['package-hash', folder])).out;
    const said = await sign({ WCP_ATTEST_HMAC_KEY: SECRET }, '--signing-key', key, '--write');
    rmSync(key);
    expect(JSON.parse(readFileSync(at('manifest.json'), 'utf8'))).toEqual(JSON.parse(said.out));
    const kid = thumbprint({ kty: 'OKP', crv: 'Ed25519', x });
    const keys = new Map([[kid, fromBase64Url(x) ?? new Uint8Array()]]);
    expect(verdict(JSON.parse(said.out), keys)).toBe('ed25519');
    expect((await guildhall(['package-hash', folder])).out).toBe(before);
  });

  test('unsigned it is not sent: only the hash', async () => {
    const said = await sign({});
    const text = readFileSync(at('worker.py'), 'utf8');
    expect(JSON.parse(said.out)).toEqual({
      package_hash: packageHash([
        {
          path: 'worker.py',
          size: text.length,
          sha256: 'cc42155088fca5730758db72b2a5bca33112a941dfaa2d43098ec422ce4ea213',
        },
      ]),
      worker_species_id: 'wrk.doc.summarizer',
      worker_version: '1.2.0-ü',
    });
  });

  test.each([
    [['attest']],
    [['attest', FOLDER]],
    [['attest', FOLDER, '--worker', 'org.a.b']],
    [['attest', FOLDER, '--worker', 'org.a.b', '--digest', 'sha256:x']],
    [['attest', '--worker', 'org.a.b']],
    [['attest', FOLDER, '--worker', 'org.a.b', '--species', 's', '--version', '1', '--source', 'somewhere']],
    [['attest', FOLDER, '--worker', 'org.a.b', '--species', 's', '--version', '1', '--signing-key', 'nowhere.jwk']],
  ])('%j is called wrongly', async (args) => {
    const given = args.map((arg) => (arg === FOLDER ? folder : arg));
    expect((await guildhall(given)).code).toBe(2);
  });
});

// The statement and the key that test/core/registry/statement.test.ts pins.
describe('a statement', () => {
  const X = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a') ?? new Uint8Array();
  const STATEMENT = {
    manifest_id: 'att_0b6f5d1e-6a55-4a43-9d7c-2d2f6f0c9a11',
    worker_id: 'org.acme.summarizer',
    worker_species_id: 'wrk.doc.summarizer',
    code_hash: 'ab'.repeat(32),
    hash_method: 'manifest',
    attested_at: '2026-11-21T14:00:00.000Z',
    attested_by: 'org.acme',
    public_key_id: publicKeyJwk('receipt', X).kid,
    signature: 'ed25519:h_jCebebxe7shIrgpBpEAPssBGY49HT1VHYGC4ahNLNhiY-AhmV6NeAlpw3yR1lx9PQx2TeHONh62mipEbapAQ',
  };
  const judge = async (statement: object, use: 'receipt' | 'log' = 'receipt', ...more: readonly string[]) => {
    const others = publicKeyJwk('receipt', new Uint8Array(32));
    writeFileSync(at('jwks.json'), JSON.stringify({ keys: [publicKeyJwk(use, X), others] }));
    const stdin = JSON.stringify(statement);
    return guildhall(['verify', '-', '--keys', at('jwks.json'), ...more], { stdin });
  };

  test('holds', async () => {
    const said = await judge(STATEMENT);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain('org.acme.summarizer was attested');
    expect(JSON.parse((await judge(STATEMENT, 'receipt', '--json')).out)).toMatchObject({
      ok: true,
      kind: 'statement',
    });
  });

  test.each([
    ['another hash', { code_hash: 'ac'.repeat(32) }, 'signature_invalid'],
    ['another worker', { worker_id: 'org.acme.other' }, 'signature_invalid'],
    ['another key', { public_key_id: publicKeyJwk('receipt', new Uint8Array(32)).kid }, 'signature_invalid'],
    ['a key of nobody', { public_key_id: 'x' }, 'key_untrusted'],
    ['a member more', { note: 'x' }, 'malformed'],
  ])('%s: %s', async (_, change, label) => {
    const said = await judge({ ...STATEMENT, ...change }, 'receipt', '--json');
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ ok: false, label });
  });

  test('a key of another use does not count, and without keys nothing holds', async () => {
    expect((await judge(STATEMENT, 'log')).out).toContain('key_untrusted');
    const said = await guildhall(['verify', '-'], { stdin: JSON.stringify(STATEMENT) });
    expect(said).toMatchObject({ code: 1 });
  });
});
