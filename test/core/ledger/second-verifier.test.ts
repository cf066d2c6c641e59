/**
 * Two verifiers, one verdict: ours and `test/vectors/verify.py`, which a stranger wrote from FORMATS.md alone, judge the
 * same sound and attacked files and must agree on whether a file holds and, if not, on label, line and seq.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readKeySet } from '../../../src/core/ledger/trust.ts';
import { LedgerVerifier } from '../../../src/core/ledger/verifier.ts';
import { verifyReceipts } from '../../../src/core/ledger/verify-text.ts';
import { attackedDecisions, attackedExports, forgedExports, signedAnswers } from './attacks.ts';
import { exportKeys, verifyEd25519 } from './fixture.ts';

const FROZEN = join(import.meta.dirname, '../cli/frozen');
const PROGRAM = join(import.meta.dirname, '../../vectors/verify.py');
const frozen = (name: string): string => readFileSync(join(FROZEN, name), 'utf8');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const dir = mkdtempSync(join(tmpdir(), 'second-verifier-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Verdicts = Readonly<Record<string, string>>;
type Files = ReadonlyMap<string, Uint8Array>;

const told = (label: string, line: number | undefined, seq: number | undefined): string =>
  `${label} line ${line ?? 0} seq ${seq ?? 0}`;

/** One process for all files. */
const theirs = (files: Files, jwks: string): Verdicts => {
  const keys = join(dir, 'jwks.json');
  writeFileSync(keys, jwks);
  const paths = new Map([...files].map(([name, bytes], at) => [join(dir, `file-${at}`), { name, bytes }]));
  for (const [path, { bytes }] of paths) writeFileSync(path, bytes);
  const { stdout, stderr } = spawnSync('python3', [PROGRAM, '--keys', keys, ...paths.keys()], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const verdicts = stdout.matchAll(/^(.+?): (?:OK|FAIL (\S+) line=(\d+) seq=(\d+)) /gm);
  return Object.fromEntries(
    [...verdicts].map(([, path = '', label, line, seq]) => [
      paths.get(path)?.name,
      label === undefined ? 'holds' : told(label, Number(line), Number(seq)),
    ]),
  );
};

const keysIn = (jwks: string) => readKeySet(JSON.parse(jwks)) ?? [];

const oursOfExports = (files: Files, jwks: string): Verdicts => {
  const keys = keysIn(jwks);
  return Object.fromEntries(
    [...files].map(([name, bytes]) => {
      const verifier = new LedgerVerifier({ verifyEd25519, keys });
      verifier.feed(bytes);
      const verdict = verifier.finish();
      return [name, verdict.ok ? 'holds' : told(verdict.label, verdict.line, verdict.seq)];
    }),
  );
};

const oursOfReceipts = (files: Files, jwks: string): Verdicts => {
  const pinned = { keys: keysIn(jwks), source: 'the test' };
  return Object.fromEntries(
    [...files].map(([name, bytes]) => {
      const [verdict] = verifyReceipts(Buffer.from(bytes).toString(), pinned.keys, verifyEd25519);
      return [name, verdict?.ok === true ? 'holds' : told(String(verdict?.label), 1, verdict?.seq)];
    }),
  );
};

const holding = (verdicts: Verdicts): string[] => Object.keys(verdicts).filter((name) => verdicts[name] === 'holds');
const sound = (name: string): [string, Uint8Array] => [name, Buffer.from(frozen(name))];

describe.runIf(hasPython)('both verifiers agree', () => {
  const jwks = frozen('jwks.json');

  test('the frozen export and what can be done to it without a key', () => {
    const files = new Map([sound('export.ndjson'), ...attackedExports(frozen('export.ndjson'))]);
    const ours = oursOfExports(files, jwks);
    expect(theirs(files, jwks)).toEqual(ours);
    expect(files.size).toBeGreaterThan(50);
    expect(holding(ours)).toEqual(['export.ndjson']);
  });

  test('exports forged with keys, stolen or made', () => {
    const files = forgedExports();
    const pinned = JSON.stringify({ keys: exportKeys });
    const ours = oursOfExports(files, pinned);
    expect(theirs(files, pinned)).toEqual(ours);
    expect(holding(ours)).toEqual(['sound', 'a checkpoint with an extension line', 'a line by nobody known']);
    expect(Object.fromEntries(Object.entries(ours).map(([name, verdict]) => [name, verdict.split(' ')[0]]))).toEqual(
      expect.objectContaining({
        'the end not covered': 'checkpoint_invalid',
        'the end not covered, and a line behind': 'malformed',
        'a checkpoint by a log of the header': 'key_untrusted',
        'a witness with another name in the header': 'binding_failed',
        'a decision with the id of another place': 'malformed',
        'an outcome of no decision': 'admission_missing',
        'an entry beyond the last': 'chain_gap',
      }),
    );
  });

  test('answers that are signed with passkeys, and those that only say so', () => {
    const files = signedAnswers();
    const pinned = JSON.stringify({ keys: exportKeys });
    const ours = oursOfExports(files, pinned);
    expect(theirs(files, pinned)).toEqual(ours);
    const sound = [
      'signed by ES256',
      'signed by EdDSA',
      'a no, not signed',
      'not signed where nobody asked for it',
      'nobody answered',
    ];
    expect(holding(ours)).toEqual(sound);
    const labels = Object.entries(ours).flatMap(([name, said]) => (sound.includes(name) ? [] : [said.split(' ')[0]]));
    expect(new Set(labels)).toEqual(new Set(['approval_unsigned']));
    expect(labels.length).toBeGreaterThan(20);
  });

  test('the frozen decisions and what can be done to them', () => {
    const names = ['decision.json', 'denial.json', 'proved.json'];
    const [, denial = '', proved = ''] = names.map(frozen);
    const files = new Map([...names.map(sound), ...attackedDecisions(proved, denial, frozen('export.ndjson'))]);
    const ours = oursOfReceipts(files, jwks);
    expect(theirs(files, jwks)).toEqual(ours);
    expect(holding(ours)).toEqual([...names, 'the receipt alone', 'an entry alone', 'a number spelled 1.0']);
  });
});

if (!hasPython) {
  test('python3 is not installed', () => {
    console.warn(
      '\n*** NOT TESTED: there is no python3, so the second verifier (test/vectors/verify.py) did not run. ***\n',
    );
    expect(hasPython).toBe(false);
  });
}
