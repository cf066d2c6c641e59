/** What every command has in common: names, help, exit codes, and that nothing ends in a stack trace. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frozen, guildhall } from './terminal.ts';

const COMMANDS = [
  'route',
  'verify',
  'export',
  'replay',
  'enroll',
  'catalog',
  'registry',
  'bootstrap',
  'secrets',
  'demo',
];
const HALL = ['--url', 'http://127.0.0.1:9', '--key', 'guild_test_x'];

describe('help and version', () => {
  test.each(['help', '--help', '-h'])('%s lists every command', async (word) => {
    const { code, out } = await guildhall([word]);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(out).toContain(name);
  });

  test.each(COMMANDS)('help %s and %s --help say how it is called', async (name) => {
    const asked = await guildhall(['help', name]);
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(asked.out).toContain(`guildhall ${name}`);
    expect(await guildhall([name, '--help'])).toEqual(asked);
  });

  test('--version prints the version', async () => {
    const { code, out } = await guildhall(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('called wrongly: 2, one line and where to look', () => {
  const notJson = join(mkdtempSync(join(tmpdir(), 'guildhall-')), 'keys.json');
  writeFileSync(notJson, 'not JSON');

  test.each([
    { args: [] },
    { args: ['nope'] },
    { args: ['__proto__'] },
    { args: ['help', 'nope'] },
    { args: ['verify'] },
    { args: ['verify', 'a', 'b'] },
    { args: ['verify', '/no/such/file'] },
    { args: ['verify', '--wat', 'a'] },
    { args: ['verify', frozen('decision.json'), '--keys', '/no/such/keys'] },
    { args: ['verify', frozen('decision.json'), '--keys', notJson] },
    { args: ['verify', frozen('decision.json'), '--keys', frozen('decision.json')] },
    { args: ['verify', frozen('decision.json'), '--entry', frozen('decision.json'), '--keys', frozen('jwks.json')] },
    { args: ['replay'] },
    { args: ['replay', '/no/such/file'] },
    { args: ['replay', frozen('export.ndjson'), '--decision', 'no-such-decision'] },
    { args: ['route', ...HALL] },
    { args: ['route', 'cap.doc.summarize', ...HALL] },
    { args: ['route', '[]', '--env', 'prod', ...HALL] },
    { args: ['route', '{}', '--blast-score', 'high', ...HALL] },
    { args: ['route', '{}'] },
    { args: ['route', '{}', '--url', 'localhost', '--key', 'k'] },
    { args: ['route', '{}', '--url', 'http://127.0.0.1:9'] },
    { args: ['enroll', ...HALL] },
    { args: ['registry'] },
    { args: ['registry', 'burn', ...HALL] },
    { args: ['registry', 'rebuild', 'all', '--url', 'http://127.0.0.1:9', '--operator-key', 'k'] },
    { args: ['catalog'] },
    { args: ['catalog', '__proto__'] },
    { args: ['catalog', 'explain', ...HALL] },
    { args: ['catalog', 'import', '/no/such/file', '--url', 'http://127.0.0.1:9', '--operator-key', 'k'] },
    { args: ['catalog', 'search', 'document'] },
    { args: ['bootstrap', '--tenant', 'acme', '--url', 'http://127.0.0.1:9', '--operator-key', 'k'] },
    { args: ['demo', '--url', 'http://127.0.0.1:9', '--key', 'guild_live_x'] },
  ])('guildhall $args', async ({ args }) => {
    const { code, out, err } = await guildhall(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err.length).toBeGreaterThan(0);
    expect(err).not.toMatch(/\n\s+at |node:internal|ERR_/);
  });
});

describe('no answer: 3', () => {
  test.each([
    { args: ['route', '{}', ...HALL] },
    { args: ['export', ...HALL] },
    { args: ['catalog', 'search', 'document', '--url', 'http://127.0.0.1:9'] },
    { args: ['demo', ...HALL] },
    { args: ['bootstrap', '--tenant', 'acme', '--name', 'A', '--url', 'http://127.0.0.1:9', '--operator-key', 'k'] },
  ])('guildhall $args', async ({ args }) => {
    const { code, out, err } = await guildhall(args);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/^guildhall: cannot reach http:\/\/127\.0\.0\.1:9 /);
  });
});
