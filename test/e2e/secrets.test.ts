/**
 * No key in plain text anywhere (R17): after many keys were made, used, rotated, revoked, sent to wrong places and
 * reported, the whole state folder and all that the server printed are searched for every one of them.
 * `GUILDHALL_KEYS=10000 npm run test:e2e -- secrets` for as many as one likes.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { npmStart } from '../support/npm-start.ts';

const COUNT = Number(process.env.GUILDHALL_KEYS ?? 200);
const TOGETHER = 20;
/** What `npm start` leaves for its user on purpose: the demo's key and sign-in, and the server's own secrets. */
const MEANT = /guildhall-demo\.json$|secrets[^/]*\.json$/;

const files = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test(`${COUNT} keys, and none of them in any file or log`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-secrets-'));
  try {
    const running = await npmStart(dir);
    const url = running.url.replace('localhost', '127.0.0.1');
    const call = async (
      method: string,
      path: string,
      key: string,
      body?: unknown,
    ): Promise<Record<string, unknown>> => {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const keys = new Set<string>();
    const answers: string[] = [];
    const live = async (at: number): Promise<void> => {
      const made = await call('POST', '/v1/keys', running.demo.apiKey, {
        name: `key ${at}`,
        scopes: ['hall:read', 'hall:route'],
      });
      const key = String(made.api_key);
      keys.add(key);
      const wrong = { capability_id: key, env: key, correlation_id: 7, extra: key };
      answers.push(JSON.stringify(await call('GET', `/v1/workers/${key}`, key)));
      answers.push(JSON.stringify(await call('PATCH', '/v1/settings', key, { strict: key })));
      if (at % 10 === 0) answers.push(JSON.stringify(await call('GET', `/nowhere?key=${key}`, key, undefined)));
      if (at % 10 === 1) await call('POST', '/v1/keys', key, wrong);
      if (at % 10 === 2)
        keys.add(String((await call('POST', `/v1/keys/${made.key_id}/rotate`, running.demo.apiKey, {})).api_key));
      if (at % 10 === 3) await call('DELETE', `/v1/keys/${made.key_id}`, running.demo.apiKey);
      if (at % 10 === 4)
        await call('POST', '/v1/keys/leaked', key, { api_key: key, source: `https://paste.example/?k=${key}` });
    };
    for (let at = 0; at < COUNT; at += TOGETHER) {
      await Promise.all(Array.from({ length: Math.min(TOGETHER, COUNT - at) }, (_, more) => live(at + more)));
    }
    const listed = JSON.stringify(await call('GET', '/v1/keys?limit=200', running.demo.apiKey));
    const exported = await (
      await fetch(`${url}/v1/ledger/export`, { headers: { authorization: `Bearer ${running.demo.apiKey}` } })
    ).text();
    const secrets = files(dir).find((path) => /secrets[^/]*\.json$/.test(path)) ?? '';
    const { SIGNING_KEYS, KEY_TAG_SECRET, OPERATOR_KEY } = JSON.parse(readFileSync(secrets, 'utf8')) as Record<
      string,
      string
    >;
    const own = [
      KEY_TAG_SECRET ?? '',
      OPERATOR_KEY ?? '',
      ...(JSON.parse(SIGNING_KEYS ?? '[]') as { jwk: { d: string } }[]).map(({ jwk }) => jwk.d),
    ];
    expect(await running.stop()).toBe(0);

    expect(keys.size).toBeGreaterThanOrEqual(COUNT);
    const searched: (readonly [string, string])[] = [
      ['what the server printed', running.said().replaceAll(running.demo.apiKey, '')],
      ['the answers about mistakes', answers.join('\n')],
      ['the list of keys', listed],
      ['the export', exported],
      ...files(dir)
        .filter((path) => !MEANT.test(path))
        .map((path) => [path, readFileSync(path, 'latin1')] as const),
    ];
    expect(searched.length).toBeGreaterThan(6);
    // A key has a form of its own: whatever has it is one, and is compared with those that were given out.
    for (const [where, text] of searched) {
      for (const [found] of text.matchAll(/guild_(?:live|test)_[a-z0-9-]{3,40}_[0-9A-Za-z]{42}/g)) {
        expect(keys.has(found) ? `a key in ${where}` : null).toBeNull();
      }
      for (const secret of own) expect(text.includes(secret) ? `a secret of the server in ${where}` : null).toBeNull();
    }
    expect(answers.length).toBeGreaterThan(COUNT);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 1_800_000);
