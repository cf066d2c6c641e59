import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalError, canonicalJson } from '../../../src/core/canonical.ts';
import { leafHash, sha256Hex } from '../../../src/core/hash.ts';
import { type JsonObject, parseJson } from '../../../src/core/json.ts';
import {
  type EntryPlace,
  entryText,
  readEntry,
  readSignedEntry,
  type SignedEntry,
  sealEntry,
  signedEntryText,
} from '../../../src/core/ledger/entry.ts';
import { readEntryLine } from '../../../src/core/ledger/entry-line.ts';
import { scanEntryLine } from '../../../src/core/ledger/entry-scan.ts';
import { ledgerOf } from './fixture.ts';

const KEY_ID = 'A'.repeat(43);
const SIGNATURE = 'A'.repeat(86);
const place: EntryPlace = {
  tenant: 'acme',
  seq: 1,
  ts: 1_763_600_000_000_000,
  receiptId: '019a9ec0-67e8-767b-a8fd-000000000001',
  streamSeq: 1,
  prevReceiptHash: null,
  prevStreamHash: null,
  signingKeyId: KEY_ID,
};
const draft = (body: JsonObject, trace: string | null = null) =>
  ({
    stream: 'wcp',
    type: 'wcp.decision',
    actor: { kind: 'agent', id: 'a' },
    trace_id: trace,
    cause: null,
    body,
  }) as const;

/** JSON that a ledger may hold: integers only. */
const recordable = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('record'),
  ),
  record: fc.dictionary(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('decision_id', 'outcome', 'receipt_id', '__proto__', '10', '9', ''),
    ),
    tie('value'),
    { maxKeys: 8 },
  ),
})).record as fc.Arbitrary<JsonObject>;

describe('sealing', () => {
  it('makes the canonical text, and both hashes over it', () => {
    fc.assert(
      fc.property(recordable, fc.string({ unit: 'binary' }), (body, trace) => {
        const { entry, text, receiptHash, leaf } = sealEntry(draft(body, trace), place);
        expect(text).toBe(canonicalJson(entry));
        expect(receiptHash).toBe(sha256Hex(text));
        expect(leaf).toEqual(leafHash(text));
        expect(readEntry(JSON.parse(text)).ok).toBe(true);
      }),
    );
  });

  it('also beyond the scratch buffer', () => {
    const { text, receiptHash, leaf } = sealEntry(draft({ long: 'é'.repeat(100_000) }), place);
    expect(receiptHash).toBe(sha256Hex(text));
    expect(leaf).toEqual(leafHash(text));
  });

  it.each([
    ['a fraction', { a: { b: [1.5] } }],
    ['an unsafe integer', { a: 2 ** 53 }],
    ['NaN', { a: Number.NaN }],
    ['undefined', { a: undefined }],
    ['a lone surrogate', { a: '\ud800' }],
  ])('refuses %s in the body', (_name, body) => {
    expect(() => sealEntry(draft(body as unknown as JsonObject), place)).toThrow(CanonicalError);
  });

  it('splices hash and signature in canonical order, whatever the strings hold', () => {
    fc.assert(
      fc.property(recordable, fc.constantFrom('x', ',"receipt_id":"', '","signing_key_id":"', '\\'), (body, odd) => {
        const sealed = sealEntry(draft({ ...body, odd }, odd), place);
        const signed = signedEntryText(sealed.text, sealed.receiptHash, SIGNATURE);
        const expected = { ...sealed.entry, receipt_hash: sealed.receiptHash, signature: SIGNATURE };
        expect(signed).toBe(canonicalJson(expected));
        expect(entryText(expected)).toBe(sealed.text);
      }),
    );
  });
});

describe('the strict reader', () => {
  const sealed = sealEntry(draft({ a: 1 }), place);
  const signed: SignedEntry = { ...sealed.entry, receipt_hash: sealed.receiptHash, signature: SIGNATURE };
  it('takes what was sealed', () => expect(readSignedEntry(signed)).toEqual({ ok: true, value: signed }));

  it.each(Object.keys(signed))('needs %s', (member) => {
    const { [member as keyof SignedEntry]: _gone, ...rest } = signed;
    expect(readSignedEntry(rest)).toEqual({ ok: false, error: { reason: 'missing_member', member } });
  });
  it.each<[string, unknown]>([
    ['v', 2],
    ['seq', 0],
    ['seq', '1'],
    ['seq', 1.5],
    ['seq', 2], // the receipt_id says 1
    ['stream_seq', -1],
    ['ts', 2 ** 60],
    ['receipt_id', '019a9ec0-67e8-467b-a8fd-000000000001'],
    ['receipt_id', '019a9ec0-67e8-767b-a8fd-000000000002'],
    ['stream', 'WCP'],
    ['type', ''],
    ['actor', { kind: 'robot', id: 'a' }],
    ['actor', { kind: 'agent', id: 'a', extra: 1 }],
    ['actor', { kind: 'agent', id: 'a', role: null }],
    ['trace_id', 1],
    ['cause', {}],
    ['body', []],
    ['body', { a: 0.5 }],
    ['prev_receipt_hash', 'a'.repeat(64)],
    ['prev_stream_hash', 'a'.repeat(64)],
    ['spec', { wcp: '0.3', canon: 'rfc8785' }],
    ['signing_key_id', 'short'],
    ['receipt_hash', 'A'.repeat(64)],
    ['signature', `${'A'.repeat(85)}B`],
  ])('refuses %s = %j', (member, value) => {
    const read = readSignedEntry({ ...signed, [member]: value });
    expect(read.ok).toBe(false);
  });
  it('refuses unknown members', () => {
    expect(readSignedEntry({ ...signed, extra: 1 })).toEqual({
      ok: false,
      error: { reason: 'unknown_member', member: 'extra' },
    });
    expect(readEntry(signed).ok).toBe(false);
  });
});

describe('the quick scan of an entry line', () => {
  const lineOf = (body: JsonObject, trace: string | null = null): string => {
    const sealed = sealEntry(draft(body, trace), place);
    return `{"entry":${signedEntryText(sealed.text, sealed.receiptHash, SIGNATURE)},"kind":"entry"}`;
  };

  it('takes every line of a real ledger, with the reader’s facts', () => {
    for (const line of ledgerOf(64)
      .exportLines()
      .filter((text) => text.startsWith('{"entry"'))) {
      const read = readEntryLine(line);
      expect(read.ok && read.value).toEqual(scanEntryLine(line));
    }
  });

  it('agrees with the reader on any body', () => {
    let taken = 0;
    fc.assert(
      fc.property(recordable, fc.string({ unit: 'binary' }), (body, trace) => {
        const line = lineOf(body, trace);
        const read = readEntryLine(line);
        expect(read.ok).toBe(true);
        const scanned = scanEntryLine(line);
        if (scanned === undefined) return;
        taken++;
        expect(read.ok && read.value).toEqual(scanned);
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('takes no line that the reader refuses', () => {
    const pieces = [
      ...'{}[]",:\\0123456789eE.+-_ntrufalsé \n\u0000',
      'null',
      '"a":1,',
      '\\u0061',
      '\\n',
      '1.0',
      '-0',
      '{}',
      '\ud800',
    ];
    const cleanBody = fc.constantFrom<JsonObject>(
      { a: 1, b: [true, null, -5, 0], c: { d: 'x', e: {} }, decision_id: 'x', outcome: 'DISPATCH' },
      { '': 1, a: { aa: 1, ab: [] }, note: 'say "hi"\n', z: 16 },
    );
    fc.assert(
      fc.property(cleanBody, fc.nat(), fc.nat(3), fc.constantFrom(...pieces, ''), (body, at, cut, piece) => {
        const line = lineOf(body, 't');
        const from = at % line.length;
        const bent = line.slice(0, from) + piece + line.slice(from + cut);
        const scanned = scanEntryLine(bent);
        if (scanned === undefined) return;
        // What the caller compares anyway.
        const isHash = /^[0-9a-f]{64}$/;
        const hashes = [scanned.receiptHash, scanned.prevReceiptHash, scanned.prevStreamHash];
        if (hashes.some((hash) => hash !== null && !isHash.test(hash)) || !/^[\w-]{43}$/.test(scanned.signingKeyId))
          return;
        const read = readEntryLine(bent);
        expect(read.ok && read.value).toEqual(scanned);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each<[string, (line: string) => string]>([
    ['unsorted names', (line) => line.replace('"a":1,"b":2', '"b":2,"a":1')],
    ['a repeated name', (line) => line.replace('"a":1,"b":2', '"a":1,"a":2')],
    ['a space', (line) => line.replace('"a":1', '"a": 1')],
    ['a fraction', (line) => line.replace('"a":1', '"a":1.0')],
    ['minus zero', (line) => line.replace('"a":1', '"a":-0')],
    ['a leading zero', (line) => line.replace('"a":1', '"a":01')],
    ['an exponent', (line) => line.replace('"a":1', '"a":1e2')],
    ['an unsafe integer', (line) => line.replace('"a":1', '"a":9007199254740993')],
    ['a needless escape', (line) => line.replace('"a":1', '"a":"\\/"')],
    ['a long escape for a short one', (line) => line.replace('"a":1', '"a":"\\u000a"')],
    ['an escape for a letter', (line) => line.replace('"a":1', '"a":"\\u0061"')],
    ['a name that is escaped', (line) => line.replace('"a":1', '"\\u0061":1')],
    ['upper-case hex in an escape', (line) => line.replace('"a":1', '"a":"\\u001F"')],
    ['trailing text', (line) => `${line} `],
    ['another kind', (line) => line.replace('"kind":"entry"', '"kind":"entri"')],
    ['an extra member', (line) => line.replace(',"v":1}', ',"v":1,"w":1}')],
    ['65 levels', (line) => line.replace('"a":1', `"a":${'['.repeat(62)}${']'.repeat(62)}`)],
  ])('neither takes %s', (_name, bend) => {
    const line = lineOf({ a: 1, b: 2 });
    expect(scanEntryLine(line)).toBeDefined();
    const bent = bend(line);
    expect(bent).not.toBe(line);
    expect(scanEntryLine(bent)).toBeUndefined();
    expect(readEntryLine(bent).ok).toBe(false);
  });

  it('a canonical long escape is left to the reader, who takes it', () => {
    const line = lineOf({ a: '\u001f' });
    expect(scanEntryLine(line)).toBeUndefined();
    expect(readEntryLine(line).ok).toBe(true);
    expect(parseJson(line).ok).toBe(true);
  });
});
