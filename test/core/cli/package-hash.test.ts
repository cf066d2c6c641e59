/** `guildhall package-hash` on real folders, against the hashes that Python computed (test/vectors/attestation.json). */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import vectors from '../../vectors/attestation.json' with { type: 'json' };
import { guildhall } from './terminal.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string | Uint8Array, text: string): void => {
  if (typeof path === 'string') mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(typeof path === 'string' ? join(folder, path) : Buffer.from(path), text);
};

describe('the hash of a package', () => {
  test.each(vectors.trees)('$name', async ({ files, bytewise, component }) => {
    for (const [path = '', text = ''] of files) write(path, text);
    expect((await guildhall(['package-hash', folder])).out).toBe(`${bytewise}\n`);
    const matched = await guildhall(['package-hash', folder, '--expect', `sha256:${component}`, '--json']);
    expect(matched.code).toBe(0);
    expect(JSON.parse(matched.out)).toMatchObject({
      hash: bytewise,
      matches: bytewise === component ? 'bytewise' : 'component',
    });
  });

  test('a changed byte is another package', async () => {
    write('a.py', '1');
    const hash = (await guildhall(['package-hash', folder])).out.trim();
    expect((await guildhall(['package-hash', folder, '--expect', hash])).code).toBe(0);
    write('a.py', '2');
    const changed = await guildhall(['package-hash', folder, '--expect', hash]);
    expect(changed.code).toBe(1);
    expect(changed.out).toContain('another package');
  });

  test('a link to a file counts as the file, a link to a folder is refused', async () => {
    write('a', 'text');
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    const linked = (await guildhall(['package-hash', folder])).out;
    rmSync(join(folder, 'b'));
    write('b', 'text');
    expect((await guildhall(['package-hash', folder])).out).toBe(linked);
    symlinkSync(folder, join(folder, 'c'));
    expect(await guildhall(['package-hash', folder])).toMatchObject({ code: 2 });
  });

  test('a name that is no UTF-8, or has a line feed, is refused', async () => {
    write(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), 'x');
    expect((await guildhall(['package-hash', folder])).err).toContain('not UTF-8');
    rmSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]));
    write('a\n1\nb', 'x');
    expect((await guildhall(['package-hash', folder])).err).toContain('cannot be part of a package');
  });

  test('no folder', async () => {
    expect((await guildhall(['package-hash'])).code).toBe(2);
    expect((await guildhall(['package-hash', join(folder, 'nowhere')])).code).toBe(2);
  });
});
