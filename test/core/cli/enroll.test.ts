/** `guildhall enroll --hash` against the hashes that Python computed (test/vectors/record-hash.json). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guildhall } from './terminal.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/record-hash.json');

describe('the hash of a record', () => {
  test('is that of the Python form', async () => {
    const { out } = await guildhall(['enroll', '-', '--hash'], {
      stdin: '{"worker_id":"org.example.a","b":1.0,"a":"ü"}',
    });
    const text = '{"a":"\\u00fc","b":1.0,"worker_id":"org.example.a"}';
    expect(out).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}\n`);
  });

  test('a record that brings a right one keeps it, a wrong one is refused', async () => {
    const record = '{"worker_id":"org.example.a"}';
    const hash = (await guildhall(['enroll', '-', '--hash'], { stdin: record })).out.trim();
    const own = `{"worker_id":"org.example.a","artifact_hash":"${hash}"}`;
    expect((await guildhall(['enroll', '-', '--hash'], { stdin: own })).out.trim()).toBe(hash);
    const wrong = await guildhall(['enroll', '-', '--hash'], { stdin: own.replace('org.example.a', 'org.example.b') });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('not the hash of this record');
  });

  test.each(['', '[]', '1', '"a"', '{"a":1,"a":2}', 'null'])('%j is no record', async (stdin) => {
    expect((await guildhall(['enroll', '-', '--hash'], { stdin })).code).toBe(2);
  });

  test('agrees with the frozen vectors', async () => {
    const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
      cases: readonly Record<'record' | 'hash', string>[];
    };
    expect(cases.length).toBeGreaterThan(5);
    for (const { record, hash } of cases) {
      const stdin = record.replace(/"artifact_hash":"[^"]*",?/, '');
      expect((await guildhall(['enroll', '-', '--hash'], { stdin })).out.trim()).toBe(hash);
    }
  });
});
