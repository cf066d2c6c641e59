/** The description of the formats is true of the frozen ledger: a stranger's verifier is written from it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frozen } from './terminal.ts';

const FORMATS = readFileSync(join(import.meta.dirname, '../../../src/core/ledger/FORMATS.md'), 'utf8');
const LINES = readFileSync(frozen('export.ndjson'), 'utf8').split('\n');
const { keys, origin } = JSON.parse(LINES[0] ?? '');
const line = LINES.find((each) => each.startsWith('{"entry":')) ?? '';
const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

test('the example entry is the first of the frozen ledger', () => {
  const { receipt_hash: hash, signature, ...entry } = JSON.parse(line).entry;
  const text = JSON.stringify(entry);
  expect(FORMATS.replace(/\n {4}/g, '')).toContain(text);
  expect(FORMATS).toContain(`one line of ${Buffer.byteLength(text)} bytes`);
  expect(sha256(text).toString('hex')).toBe(hash);
  for (const shown of [hash, signature, sha256('\0', text).toString('hex')]) expect(FORMATS).toContain(shown);
});

test('the example keys and key ids', () => {
  for (const { use, x, kid, name } of keys) {
    expect(FORMATS).toContain(x);
    if (use === 'receipt') {
      expect(FORMATS).toContain(kid);
      continue;
    }
    const type = Uint8Array.of(use === 'log' ? 1 : 4);
    expect(FORMATS).toContain(
      sha256(`${name ?? origin}\n`, type, Buffer.from(x, 'base64url'))
        .toString('hex')
        .slice(0, 8),
    );
  }
});

test('the example proof and checkpoint', () => {
  const proof: string = JSON.parse(readFileSync(frozen('proved.json'), 'utf8')).evidence_receipt.tlog_proof;
  const [head = '', note = ''] = [proof.slice(0, proof.indexOf('\n\n')), proof.slice(proof.indexOf('\n\n') + 2)];
  for (const each of [...head.split('\n'), ...note.split('\n').slice(0, 3)]) expect(FORMATS).toContain(each);
  for (const signed of note.split('\n').filter((each) => each.startsWith('—'))) {
    expect(FORMATS).toContain(signed.split(' ').slice(0, 2).join(' '));
    expect(FORMATS).toContain(`${signed.split(' ')[2]?.slice(0, 16)}`);
  }
});

test('the bytes of a content are where the description says', () => {
  const contents = LINES.filter((each) => each.includes('"kind":"content"') && each.startsWith('{"hash"'));
  expect(contents.length).toBeGreaterThan(10);
  for (const content of contents) {
    const bytes = Buffer.from(content);
    expect(sha256(bytes.subarray(100, -1)).toString('hex')).toBe(JSON.parse(content).hash);
  }
});
