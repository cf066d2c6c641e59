/**
 * `guildhall verify` and `replay` on frozen files: a ledger of 37 entries as a real Guildhall wrote it (`npm start`,
 * `guildhall demo`, three times `guildhall route --json`, `guildhall export`), with the keys of that day.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frozen, guildhall } from './terminal.ts';

const KEYS = ['--keys', frozen('jwks.json')];
const EXPORT = readFileSync(frozen('export.ndjson'), 'utf8');
const LINES = EXPORT.slice(0, -1).split('\n');
const FIRST_ENTRY = LINES.findIndex((line) => line.startsWith('{"entry":'));
const ENTRIES = 37;

const readJson = (name: string) => JSON.parse(readFileSync(frozen(name), 'utf8'));
const proved = readJson('proved.json');

/** What an attacker does who knows the format: the last line made right again. */
const resealed = (lines: readonly string[]): string => {
  const body = `${lines.slice(0, -1).join('\n')}\n`;
  const sha256 = createHash('sha256').update(body).digest('hex');
  return `${body}${JSON.stringify({ entries: ENTRIES, kind: 'end', sha256 })}\n`;
};

const verdict = async (stdin: string | Uint8Array, ...more: string[]) => {
  const { code, out } = await guildhall(['verify', '-', '--json', ...KEYS, ...more], { stdin });
  return { code, ...(JSON.parse(out) as Record<string, unknown>) };
};

describe('a receipt', () => {
  test.each([
    ['decision.json', 'DISPATCH  cap.doc.summarize → org.example.summarizer'],
    ['denial.json', 'DENY  cap.doc.summarise  DENY_NO_MATCHING_RULE'],
    ['proved.json', 'DISPATCH  cap.doc.summarize → org.example.summarizer'],
  ])('%s holds', async (name, said) => {
    const { code, out } = await guildhall(['verify', frozen(name), ...KEYS]);
    expect(code).toBe(0);
    expect(out).toContain(`✓ ${said}`);
    expect(out).toContain(frozen('jwks.json'));
  });

  test('says what it does not show, and that the witness is the operator’s own', async () => {
    expect((await guildhall(['verify', frozen('decision.json'), ...KEYS])).out).toContain('brings no proof');
    expect((await guildhall(['verify', frozen('proved.json'), ...KEYS])).out).toContain('it is not independent');
  });

  test('in every form that people have it in', async () => {
    const { evidence_receipt: receipt } = proved;
    const forms = [receipt, receipt.entry, { kind: 'entry', entry: receipt.entry }, { entries: [receipt.entry] }];
    for (const form of [...forms, { decisions: [proved, readJson('denial.json')] }]) {
      expect(await verdict(JSON.stringify(form))).toMatchObject({ code: 0, ok: true, kind: 'receipt' });
    }
  });

  test('a proof in a file of its own', async () => {
    const stdin = proved.evidence_receipt.tlog_proof;
    const args = ['verify', '-', ...KEYS, '--entry'];
    expect((await guildhall([...args, frozen('proved.json')], { stdin })).code).toBe(0);
    const wrong = await guildhall([...args, frozen('decision.json')], { stdin });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('tree_mismatch');
    expect((await guildhall(['verify', '-', ...KEYS], { stdin })).code).toBe(2);
  });

  test('--require-proof', async () => {
    expect((await guildhall(['verify', frozen('proved.json'), '--require-proof', ...KEYS])).code).toBe(0);
    const { code, out } = await guildhall(['verify', frozen('decision.json'), '--require-proof', ...KEYS]);
    expect(code).toBe(1);
    expect(out).toContain('checkpoint_invalid');
  });

  test.each<[path: string, value: unknown]>([
    ['outcome', 'DENY'],
    ['deny_code', 'DENY_HALL_OFFLINE'],
    ['worker_id', 'org.example.other'],
    ['blast_score', 1],
    ['request_hash', '0'.repeat(64)],
    ['evidence_receipt.receipt_hash', '0'.repeat(64)],
    ['evidence_receipt.hash', '0'.repeat(64)],
    ['evidence_receipt', readJson('decision.json').evidence_receipt],
    ['evidence_receipt.entry.body.outcome', 'DENY'],
  ])('with another %s: binding_failed', async (path, value) => {
    const changed = structuredClone(proved);
    const names = path.split('.');
    const last = names.pop() ?? '';
    names.reduce((object, name) => object[name], changed)[last] = value;
    expect(await verdict(JSON.stringify(changed))).toMatchObject({ code: 1, ok: false, label: 'binding_failed' });
  });

  test('a denial cannot be passed off as permission', async () => {
    const denial = readJson('denial.json');
    for (const lie of [{ deny_code: undefined }, { denied: false }, { allowed: true }]) {
      const said = await verdict(JSON.stringify({ ...denial, ...lie }));
      expect(said).toMatchObject({ code: 1, label: 'binding_failed' });
    }
  });

  test('another signature, another signer', async () => {
    const changed = structuredClone(proved);
    const { evidence_receipt: other } = readJson('decision.json');
    changed.evidence_receipt.entry.signature = other.signature;
    changed.evidence_receipt.signature = other.signature;
    expect(await verdict(JSON.stringify(changed))).toMatchObject({ code: 1, label: 'signature_invalid', seq: 37 });
  });

  test.each(['', 'hello', '{}', '[]', '{"decisions":[]}', '{"a":1,"a":2}', '{"entry":{"v":1}}'])(
    '%j is malformed',
    async (text) => {
      expect(await verdict(text)).toMatchObject({ code: 1, ok: false, label: 'malformed' });
    },
  );
});

describe('no pinned key: never 0', () => {
  test.each(['decision.json', 'export.ndjson'])('%s', async (name) => {
    const { code, out } = await guildhall(['verify', frozen(name)]);
    expect(code).toBe(1);
    expect(out).toContain('key_untrusted');
    expect(out).toContain('--keys');
  });

  test('keys of somebody else', async () => {
    const stdin = EXPORT.replaceAll(
      'plX0XPrcYRUzelGBLED-0hk2pqyoOvw2foT6uMCE6C0',
      'NoilXO6mIWgIYScCpQrAz9umU1BeT7-RkTCUYpF4kGg',
    );
    expect(await verdict(stdin)).toMatchObject({ code: 1, label: 'binding_failed', line: 1 });
  });
});

describe('an export', () => {
  test('holds, with every decision computed again', async () => {
    const { code, out } = await guildhall(['verify', frozen('export.ndjson'), '--replay', ...KEYS]);
    expect(code).toBe(0);
    expect(out).toContain('✓ demo holds: nothing is missing, moved or changed up to entry 37');
    expect(out).toContain('12 decisions computed again, byte for byte the same');
    expect(out).toContain('it is not independent');
    expect(await verdict(EXPORT)).toMatchObject({ ok: true, kind: 'export', entries: ENTRIES, covered: ENTRIES });
  });

  const entryLine = (seq: number): number => FIRST_ENTRY + seq - 1;
  const with_ = (change: (lines: string[]) => void): string => {
    const lines = [...LINES];
    change(lines);
    return resealed(lines);
  };

  test.each([1, 2, 17, 36, 37])('without entry %d: chain_gap there', async (seq) => {
    const said = await verdict(with_((lines) => void lines.splice(entryLine(seq), 1)));
    expect(said).toMatchObject({ code: 1, label: 'chain_gap', seq });
  });

  test.each([1, 20, 36])('entry %d and the next swapped: chain_gap there', async (seq) => {
    const at = entryLine(seq);
    const said = await verdict(with_((lines) => void lines.splice(at, 2, LINES[at + 1] ?? '', LINES[at] ?? '')));
    expect(said).toMatchObject({ code: 1, label: 'chain_gap', seq, line: at + 1 });
  });

  test('entry 9 twice: chain_gap at 10', async () => {
    const said = await verdict(with_((lines) => void lines.splice(entryLine(9), 0, LINES[entryLine(9)] ?? '')));
    expect(said).toMatchObject({ code: 1, label: 'chain_gap', seq: 10 });
  });

  test('an entry with another outcome, hashed anew: the signature gives it away', async () => {
    const at = LINES.findIndex((line) => line.includes('"outcome":"DENY"'));
    const { entry } = JSON.parse(LINES[at] ?? '');
    const { receipt_hash: _, signature, ...unsigned } = entry;
    const text = JSON.stringify(unsigned).replace('"outcome":"DENY"', '"outcome":"DISPATCH"');
    const hash = createHash('sha256').update(text).digest('hex');
    const line = (LINES[at] ?? '')
      .replace('"outcome":"DENY"', '"outcome":"DISPATCH"')
      .replace(entry.receipt_hash, hash);
    const said = await verdict(with_((lines) => void lines.splice(at, 1, line)));
    expect(said).toMatchObject({ code: 1, label: 'signature_invalid', seq: entry.seq });
    expect(signature).toHaveLength(86);
  });

  test('without its last checkpoint: nobody has signed the end', async () => {
    const said = await verdict(with_((lines) => void lines.splice(-2, 1)));
    expect(said).toMatchObject({ code: 1, label: 'checkpoint_invalid' });
  });

  test.each([
    ['cut off', EXPORT.slice(0, EXPORT.length / 2)],
    ['without its end line', `${LINES.slice(0, -1).join('\n')}\n`],
    ['with more behind', `${EXPORT}{"kind":"end"}\n`],
    ['without its header', `${LINES.slice(1).join('\n')}\n`],
  ])('%s: malformed', async (_, text) => {
    expect(await verdict(text)).toMatchObject({ code: 1, label: 'malformed' });
  });

  test('with a blank in front: not the canonical form', async () => {
    expect(await verdict(` ${EXPORT}`)).toMatchObject({ code: 1, label: 'binding_failed', line: 1 });
  });

  test('without a content: verify holds, replay names the decision', async () => {
    const rules = LINES.findIndex((line) => line.includes('"rule_id":"rr_migrate"'));
    const text = with_((lines) => void lines.splice(rules, 1));
    expect(await verdict(text)).toMatchObject({ code: 0 });
    const said = await verdict(text, '--replay');
    expect(said).toMatchObject({ code: 1, label: 'replay_mismatch', seq: 12 });
  });
});

describe('replay', () => {
  test('comes out as recorded', async () => {
    const { code, out } = await guildhall(['replay', '-', '--json'], { stdin: EXPORT });
    expect({ code, said: JSON.parse(out) }).toEqual({ code: 0, said: { ok: true, decisions: 12 } });
  });

  test('gives one decision back in full', async () => {
    const { evidence_receipt: _, dispatch_grant: __, dispatch_grant_expires_at: ___, ...decision } = proved;
    const { code, out } = await guildhall(['replay', frozen('export.ndjson'), '--decision', proved.decision_id]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(decision);
  });

  test('names the first that differs, and where', async () => {
    const stdin = EXPORT.replace(
      '"outcome":"DENY","policy_decision":"DENY"',
      '"outcome":"DISPATCH","policy_decision":"DENY"',
    );
    const { code, out } = await guildhall(['replay', '-'], { stdin });
    expect(code).toBe(1);
    expect(out).toContain('replay_mismatch');
    expect(out).toContain('/outcome was recorded as "DISPATCH" and comes out as "DENY"');
  });

  test('a content that was changed is not what its hash says', async () => {
    const stdin = EXPORT.replace('"policy_version":"policy.v1"', '"policy_version":"policy.v2"');
    const { code, out } = await guildhall(['replay', '-', '--json'], { stdin });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, label: 'binding_failed' });
  });

  test.each(['', 'hello\n', `${LINES[0]}\n`])('text %# is no export', async (stdin) => {
    expect((await guildhall(['replay', '-'], { stdin })).code).toBe(1);
  });
});
