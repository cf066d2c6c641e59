import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { JsonNumber, type JsonTokensObject, parseJsonTokens } from '../../../src/core/json.ts';
import { recordHash, recordText, verifyRecordHash } from '../../../src/core/registry/record-hash.ts';
import vectors from '../../vectors/record-hash.json' with { type: 'json' };

const tokens = (text: string): JsonTokensObject => {
  const read = parseJsonTokens(text);
  if (!read.ok) throw new Error(`${read.error.reason}: ${text}`);
  return read.value as JsonTokensObject;
};
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;

describe('WCP 4.5 record hash, python form', () => {
  it.each(vectors.cases.map((entry) => [entry.record.slice(100, 180), entry] as const))('frozen: %s', (_, entry) => {
    const record = tokens(entry.record);
    expect(recordText(record, 'python')).toBe(entry.python);
    expect(recordHash(record)).toBe(entry.hash);
    expect(verifyRecordHash(record, entry.hash)).toBe('python');
  });

  it.each([
    ['1.0', '1.0'],
    ['1e-07', '1e-07'],
    ['1e+21', '1e+21'],
    ['1e16', '1e+16'],
    ['1e15', '1000000000000000.0'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
  ])('number token %s is written %s', (token, written) => {
    expect(recordText({ n: new JsonNumber(token) }, 'python')).toBe(`{"n":${written}}`);
  });
});

describe('WCP 4.5 record hash, js form', () => {
  it.each([
    ['1.0', '1'],
    ['1e-07', '1e-7'],
    ['1e+21', '1e+21'],
    ['-0.0', '0'],
    ['9007199254740993', '9007199254740992'],
  ])('number token %s is written %s', (token, written) => {
    expect(recordText({ n: new JsonNumber(token) }, 'js')).toBe(`{"n":${written}}`);
  });

  it('escapes only quotes, backslashes and controls, and orders by UTF-16 unit', () => {
    const record = tokens('{"\uffff":"é\u007f/","\u{1f600}":"\u{1f600}\\n\\u0001","10":1,"9":2}');
    expect(recordText(record, 'js')).toBe('{"10":1,"9":2,"\u{1f600}":"\u{1f600}\\n\\u0001","\uffff":"é\u007f/"}');
    expect(recordText(record, 'python')).toBe(
      '{"10":1,"9":2,"\\uffff":"\\u00e9\\u007f/","\\ud83d\\ude00":"\\ud83d\\ude00\\n\\u0001"}',
    );
  });

  it('is RFC 8785 for every value', () => {
    const options = { noNullPrototype: true, maxDepth: 3, withUnicodeString: true } as const;
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(options)), (value) => {
        const { artifact_hash: _, ...rest } = value;
        const text = JSON.stringify(value);
        if (!text.isWellFormed() || !canSay(rest)) return;
        const read = parseJsonTokens(text);
        if (!read.ok) return;
        expect(recordText(read.value as JsonTokensObject, 'js')).toBe(canonicalJson(rest));
      }),
    );
  });
});

const canSay = (value: unknown): boolean => {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
};

describe('WCP 4.5 verifying a claimed hash', () => {
  const text = '{"worker_id":"org.test.w","score":1.0,"note":"é","artifact_hash":"?"}';
  const record = tokens(text);
  const inPython = sha256('{"note":"\\u00e9","score":1.0,"worker_id":"org.test.w"}');
  const inJs = sha256('{"note":"é","score":1,"worker_id":"org.test.w"}');

  it.each([
    ['python', inPython, 'python'],
    ['js', inJs, 'js'],
    ['bare', inPython.slice(7), 'python'],
    ['upper case', inJs.toUpperCase(), 'js'],
    ['of another record', sha256('{}'), null],
    ['no hash at all', 'sha256:zz', null],
    ['empty', '', null],
  ])('%s', (_, claimed, form) => {
    expect(verifyRecordHash(record, claimed)).toBe(form);
  });

  it('a changed number token is another record only in the python form', () => {
    const changed = tokens(text.replace('1.0', '1'));
    expect(verifyRecordHash(changed, inPython)).toBe(null);
    expect(verifyRecordHash(changed, inJs)).toBe('js');
  });
});
