/**
 * Forged keys wake nobody: every one is refused before any object is named. A few thousand with every run;
 * `GUILDHALL_FORGED=1000000 npm run test:core -- forged` for as many as one likes.
 */
import { expect, test } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { makeSecrets } from '../../../src/cli/secrets.ts';
import { parseTenantId, type TenantId } from '../../../src/core/ids.ts';
import { mintApiKey, parseApiKey } from '../../../src/keys/api-key.ts';

const COUNT = Number(process.env.GUILDHALL_FORGED ?? 3_000);
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The CRC-32 of a text in our base 62: anybody can compute it, so the best forgeries have it right. */
const checksum = (text: string): string => {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let at = 0; at < 6; at++) {
    digits = LETTERS[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
};

const letters = (count: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => LETTERS[byte % 62]).join('');

test(`of ${COUNT} forged keys none wakes a tenant object, or reads anything`, async () => {
  const secrets = makeSecrets();
  const tenant = parseTenantId('acme') as TenantId;
  const { key } = mintApiKey(tenant, 'live', secrets.KEY_TAG_SECRET);
  const elsewhere = mintApiKey(tenant, 'live', makeSecrets().KEY_TAG_SECRET).key;
  const woken: string[] = [];
  const nobody = { ask: () => ({ ok: false, error: { code: 'unauthorized' } }) };
  const touched = (name: string) =>
    new Proxy(
      {},
      {
        get: (_, member) => {
          woken.push(`${name}.${String(member)}`);
          return () => nobody;
        },
      },
    );
  const env = {
    ...secrets,
    ...Object.fromEntries(
      ['TENANT', 'WITNESS', 'NETWORK', 'DB', 'ARCHIVE', 'ASSETS'].map((name) => [name, touched(name)]),
    ),
    LOG_ORIGIN: 'test',
    OUTBOUND: 'public',
    MAIL_URL: '',
    MAIL_FROM: '',
    MAIL_OUTBOX: 'off',
  };
  const app = createApp();
  const ask = async (credential: string): Promise<number> => {
    const request = new Request('https://hall.test/wcp/workers', {
      headers: { authorization: `Bearer ${credential}` },
    });
    return (
      await app.fetch(request, env, { waitUntil: () => undefined, passThroughOnException: () => undefined } as never)
    ).status;
  };
  const forgeries: readonly (() => string)[] = [
    // Another secret or tag with a checksum that is right.
    () => {
      const stem = `guild_live_acme_${letters(36)}`;
      return stem + checksum(stem);
    },
    // Only the tag guessed, for a key that exists.
    () => {
      const stem = key.slice(0, -16) + letters(10);
      return stem + checksum(stem);
    },
    () => `guild_live_acme_${letters(42)}`,
    () => key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A'),
    () => key.replace('live', 'test'),
    () => key.replace('acme', 'acme2'),
    () => elsewhere,
    () => letters(40),
  ];
  expect(parseApiKey(key, secrets.KEY_TAG_SECRET)?.tenant).toBe('acme');
  let others = 0;
  for (let at = 0; at < COUNT; at++) {
    const forged = forgeries[at % forgeries.length]?.() ?? '';
    if (forged === key) continue;
    if ((await ask(forged)) !== 401) others++;
  }
  expect(others).toBe(0);
  expect(woken).toEqual([]);
  // The counter counts: the real key does name the object.
  await ask(key);
  expect(woken.length).toBeGreaterThan(0);
}, 3_600_000);
