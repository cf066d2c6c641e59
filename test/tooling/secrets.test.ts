/** The secrets of a local Guildhall: drawn once, private, and what the key ring and the Worker expect. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localSecrets, makeSecrets } from '../../src/cli/secrets.ts';
import { KEY_USES, loadKeyRing, verifyEd25519 } from '../../src/keys/ring.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'guildhall-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('are drawn once and kept where only the owner reads', () => {
  const file = join(dir, 'deep', 'secrets.json');
  const secrets = localSecrets(file);
  expect(localSecrets(file)).toEqual(secrets);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
  expect(makeSecrets()).not.toEqual(secrets);
});

test('a damaged file is an error, never silently replaced: old receipts would lose their key', async () => {
  const file = join(dir, 'secrets.json');
  writeFileSync(file, '{"SIGNING_KEYS":""}');
  expect(() => localSecrets(file)).toThrow('is damaged');
});

test('hold a working key for each use', () => {
  const ring = loadKeyRing(makeSecrets().SIGNING_KEYS);
  const message = new TextEncoder().encode('hello');
  for (const use of KEY_USES) {
    const key = ring.active(use);
    expect(verifyEd25519(key.rawPublic, message, key.sign(message))).toBe(true);
  }
  expect(JSON.stringify(ring.jwks)).not.toContain('"d"');
});

test('wrangler.toml names exactly these as required', () => {
  const toml = readFileSync(join(import.meta.dirname, '..', '..', 'wrangler.toml'), 'utf8');
  const required = /\[secrets\]\s+required = (\[[^\]]*\])/.exec(toml)?.[1] ?? '[]';
  expect(JSON.parse(required).sort()).toEqual(Object.keys(makeSecrets()).sort());
});
