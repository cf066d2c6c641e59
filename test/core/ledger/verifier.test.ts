import { describe, expect, it } from 'vitest';
import { toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  assembleNote,
  checkpointText,
  logSignatureLine,
  type VerifyEd25519,
} from '../../../src/core/ledger/checkpoint.ts';
import { entryText, type SignedEntry } from '../../../src/core/ledger/entry.ts';
import { publicKeyJwk, readKeySet, thumbprintOf } from '../../../src/core/ledger/trust.ts';
import { type LedgerVerdict, LedgerVerifier, type VerifierOptions } from '../../../src/core/ledger/verifier.ts';
import {
  draftFor,
  exportKeys,
  keyFromSeed,
  ledgerOf,
  logKey,
  ORIGIN,
  pick,
  pinned,
  receiptKey,
  type TestKey,
  TestLedger,
  verifyEd25519,
  WITNESS,
} from './fixture.ts';

/** Verification is pure, so its answers can be remembered: makes a hundred thousand runs affordable. */
const remembered = new Map<string, boolean>();
const verifyOnce: VerifyEd25519 = (publicKey, message, signature) => {
  const question = `${toBase64Url(publicKey)}.${toBase64Url(message)}.${toBase64Url(signature)}`;
  let answer = remembered.get(question);
  if (answer === undefined) {
    answer = verifyEd25519(publicKey, message, signature);
    if (remembered.size < 10_000) remembered.set(question, answer);
  }
  return answer;
};
const trusting: VerifierOptions = { verifyEd25519: verifyOnce, keys: pinned };

const judge = (lines: readonly string[], options = trusting): LedgerVerdict => {
  const verifier = new LedgerVerifier(options);
  for (const line of lines) verifier.line(line);
  return verifier.finish();
};
const judgeBytes = (bytes: Uint8Array, options = trusting, step = bytes.length): LedgerVerdict => {
  const verifier = new LedgerVerifier(options);
  for (let at = 0; at < bytes.length; at += step) verifier.feed(bytes.subarray(at, at + step));
  return verifier.finish();
};
const fileOf = (lines: readonly string[]): Uint8Array => utf8(lines.map((line) => `${line}\n`).join(''));

/** The lines with an end line that fits them, so that nothing is found only because of it. */
const resealed = (lines: readonly string[]): string[] => {
  const body = lines.filter((line) => !line.includes('"kind":"end"'));
  const entries = body.filter((line) => line.startsWith('{"entry"')).length;
  const sha256 = sha256Hex(body.map((line) => `${line}\n`).join(''));
  return [...body, canonicalJson({ kind: 'end', entries, sha256 })];
};
const lineOfSeq = (lines: readonly string[], seq: number): number =>
  lines.findIndex((line) => line.startsWith('{"entry"')) + seq - 1;
const entryAt = (lines: readonly string[], seq: number): SignedEntry =>
  (JSON.parse(lines[lineOfSeq(lines, seq)] ?? '') as { entry: SignedEntry }).entry;

/** Changes one entry as somebody who holds `key` could: hash and signature fit again. */
const forged = (
  lines: readonly string[],
  seq: number,
  change: Partial<SignedEntry>,
  key: TestKey = receiptKey,
): string[] => {
  const entry = { ...entryAt(lines, seq), ...change };
  const hash = sha256Hex(entryText(entry));
  const signed = { ...entry, receipt_hash: hash, signature: toBase64Url(key.sign(utf8(hash))) };
  return resealed(lines.with(lineOfSeq(lines, seq), canonicalJson({ entry: signed, kind: 'entry' })));
};

const ledger = ledgerOf(64, [10, 40, 64]);
const lines = ledger.exportLines();

describe('a sound export', () => {
  it('verifies, by lines and by bytes cut anywhere', () => {
    const verdict = judge(lines);
    expect(verdict).toMatchObject({
      ok: true,
      summary: { tenant: 'acme', origin: ORIGIN, entries: 64, contents: 2, checkpoints: 3, covered: 64 },
    });
    const dispatched = ledger.sealed.filter(
      ({ entry }) => entry.stream === 'wcp' && entry.body.outcome === 'DISPATCH',
    ).length;
    const closed = ledger.sealed.filter(({ entry }) => entry.stream === 'dispatch').length;
    expect(closed).toBeGreaterThan(3);
    expect(verdict.ok && verdict.summary).toMatchObject({ dispatched, open: dispatched - closed, outcomesMissing: 0 });
    expect(verdict.ok && verdict.summary.headHash).toBe(ledger.sealed.at(-1)?.receiptHash);
    for (const step of [1, 7, 1000, 65_536]) expect(judgeBytes(fileOf(lines), trusting, step)).toEqual(verdict);
    expect(judge(lines, { ...trusting, signatures: 'checkpoints' })).toEqual(verdict);
  });

  it('of an empty ledger verifies too', () => {
    expect(judge(new TestLedger().exportLines(), { ...trusting, keys: [] })).toMatchObject({ label: 'key_untrusted' });
    expect(judge(new TestLedger().exportLines())).toMatchObject({ ok: true, summary: { entries: 0, headHash: null } });
  });

  it('says who vouches for its last checkpoint', () => {
    const verdict = judge(lines);
    expect(verdict.ok && verdict.summary.cosigned.map(({ name }) => name)).toEqual([WITNESS]);
    const alone = judge(lines, { ...trusting, keys: pinned.filter((key) => key.use !== 'witness') });
    expect(alone.ok && alone.summary.cosigned).toEqual([]);
  });

  it('beyond one tile: many checkpoints at once', () => {
    const sizes = [1, 255, 256, 257, 400, 512, 513, 600];
    expect(judge(ledgerOf(600, sizes).exportLines())).toMatchObject({
      ok: true,
      summary: { checkpoints: 8, covered: 600 },
    });
  });

  it('without a pinned key says so, and no more', () => {
    const verdict = judge(lines, { verifyEd25519: verifyOnce });
    expect(verdict).toMatchObject({ ok: false, label: 'key_untrusted', line: 1, summary: { entries: 64 } });
    expect(judge(forged(lines, 5, { trace_id: 'x' }), { verifyEd25519: verifyOnce })).toMatchObject({
      label: 'chain_gap',
      seq: 6,
    });
  });
});

describe('single flipped bits', () => {
  const sweep = (sound: readonly string[], everyNth: (position: number) => boolean, options = trusting): number => {
    const file = fileOf(sound);
    const firstEntryLine = lineOfSeq(sound, 1);
    const entries = sound.filter((line) => line.startsWith('{"entry"')).length;
    let line = 0;
    let flips = 0;
    for (let at = 0; at < file.length; at++) {
      const seq = line - firstEntryLine + 1;
      const original = file[at] ?? 0;
      for (let bit = 0; bit < 8; bit++) {
        if (!everyNth(at * 8 + bit)) continue;
        flips++;
        file[at] = original ^ (1 << bit);
        const verdict = judgeBytes(file, options);
        if (verdict.ok) expect.fail(`bit ${bit} of byte ${at} went unseen`);
        if (seq >= 1 && seq <= entries) {
          if (verdict.seq !== seq || verdict.line !== line + 1)
            expect.fail(`bit ${bit} of byte ${at}: ${JSON.stringify(verdict)}`);
        } else if (line !== 0 && verdict.seq !== undefined && original !== 0x0a) {
          expect.fail(`bit ${bit} of byte ${at} is in no entry: ${JSON.stringify(verdict)}`);
        }
      }
      file[at] = original;
      if (original === 0x0a) line++;
    }
    return flips;
  };

  const all = process.env.GUILDHALL_EXHAUSTIVE === '1';

  it('every byte of a 3-entry export (with GUILDHALL_EXHAUSTIVE=1 every bit) is missed by nobody, and the entry is named', () => {
    const small = ledgerOf(3, [2, 3]).exportLines();
    const oneOfEach = (position: number): boolean => position % 8 === (position >> 3) % 8;
    expect(sweep(small, (position) => all || oneOfEach(position))).toBeGreaterThan(all ? 40_000 : 5_000);
  }, 120_000);

  it('of a 64-entry export: all with GUILDHALL_EXHAUSTIVE=1, else one in 251', () => {
    expect(sweep(lines, (position) => all || position % 251 === 0)).toBeGreaterThan(2000);
  }, 3_600_000);
});

describe('what somebody with an editor can do', () => {
  const names = (bent: readonly string[], options = trusting) => {
    const verdict = judge(resealed(bent), options);
    return verdict.ok ? 'ok' : `${verdict.label} ${verdict.seq ?? '-'}`;
  };
  const at = (seq: number): number => lineOfSeq(lines, seq);

  it('drop an entry', () => {
    for (const seq of [1, 2, 33, 63, 64]) {
      expect(names(lines.toSpliced(at(seq), 1))).toBe(`chain_gap ${seq}`);
    }
  });
  it('swap two entries', () => {
    for (const seq of [1, 20, 63]) {
      const swapped = lines.with(at(seq), lines[at(seq + 1)] ?? '').with(at(seq + 1), lines[at(seq)] ?? '');
      expect(names(swapped)).toBe(`chain_gap ${seq}`);
    }
  });
  it('repeat, insert, move', () => {
    expect(names(lines.toSpliced(at(7), 0, lines[at(6)] ?? ''))).toBe('chain_gap 7');
    expect(names(lines.toSpliced(at(7), 0, lines[at(60)] ?? ''))).toBe('chain_gap 7');
    expect(names(lines.toSpliced(at(30), 1).toSpliced(at(10), 0, lines[at(30)] ?? ''))).toBe('chain_gap 10');
  });
  it('cut the tail, and say so in the header', () => {
    const cut = [...lines.slice(0, at(41)), ...lines.slice(at(65))];
    expect(names(cut)).toBe('chain_gap 41');
    const shorter = cut.with(0, (lines[0] ?? '').replace('"to":64', '"to":40'));
    expect(names(shorter)).toBe('chain_gap -'); // a checkpoint covers 64
    // A shorter ledger that was once published is sound as far as it goes: only a later checkpoint tells.
    expect(names(shorter.filter((line) => !line.includes('\\n64\\n')))).toBe('ok');
  });
  it('a thousand random edits', () => {
    for (let i = 0; i < 500; i++) {
      const from = 1 + (pick(`from ${i}`) % 64);
      const to = 1 + (pick(`to ${i}`) % 64);
      const first = Math.min(from, to);
      const moved = lines.toSpliced(at(from), 1).toSpliced(at(to), 0, lines[at(from)] ?? '');
      if (from !== to) expect(names(moved)).toBe(`chain_gap ${first}`);
      const [line = ''] = [lines[at(from)]];
      const place = 20 + (pick(`place ${i}`) % (line.length - 40));
      const typed = line.slice(0, place) + String.fromCharCode(32 + (pick(`char ${i}`) % 90)) + line.slice(place + 1);
      if (typed !== line)
        expect(names(lines.with(at(from), typed))).toMatch(
          new RegExp(`^(malformed|binding_failed|key_untrusted|signature_invalid) ${from}$`),
        );
    }
  }, 60_000);
  it('change a field, recompute the hash, keep the signature', () => {
    const entry = { ...entryAt(lines, 9), trace_id: 'x' };
    const bent = { ...entry, receipt_hash: sha256Hex(entryText(entry)) };
    expect(names(lines.with(at(9), canonicalJson({ entry: bent, kind: 'entry' })))).toBe('signature_invalid 9');
  });
  it('write canonical JSON differently', () => {
    const line = lines[at(3)] ?? '';
    expect(names(lines.with(at(3), `${line} `))).toBe('binding_failed 3');
    expect(names(lines.with(at(3), line.replace('"outcome"', '"\\u006futcome"')))).toBe('binding_failed 3');
    expect(names(lines.with(at(3), line.replace('"entry":{', '"entry": {')))).toBe('binding_failed 3');
    expect(names(lines.with(at(3), JSON.stringify({ kind: 'entry', entry: entryAt(lines, 3) })))).toBe(
      'binding_failed 3',
    );
    expect(names(lines.with(at(3), line.replace('"kind":"entry"}', '"kind":"entry","kind":"entry"}')))).toBe(
      'malformed 3',
    );
  });
  it('re-chain everything from one entry on, with a key of their own', () => {
    const own = keyFromSeed('thief');
    const thief = publicKeyJwk('receipt', own.publicKey);
    const rechain = (kid: string, bringKey: boolean): string[] => {
      let bent = [...lines];
      if (bringKey) {
        const header = JSON.parse(lines[0] ?? '') as JsonObject;
        bent[0] = canonicalJson({ ...header, keys: [...exportKeys, thief] });
      }
      const streams = new Map<string, string>();
      for (let seq = 1; seq <= 64; seq++) {
        const entry = entryAt(bent, seq);
        if (seq >= 30) {
          const change = {
            ...(seq === 30 ? { trace_id: 'rewritten' } : {}),
            signing_key_id: kid,
            prev_receipt_hash: entryAt(bent, seq - 1).receipt_hash,
            prev_stream_hash: streams.get(entry.stream) ?? null,
          };
          bent = forged(bent, seq, change, own);
        }
        streams.set(entry.stream, entryAt(bent, seq).receipt_hash);
      }
      return bent;
    };
    const ours = thumbprintOf(receiptKey.publicKey);
    expect(names(rechain(ours, false))).toBe('signature_invalid 30');
    expect(names(rechain(thief.kid, true))).toBe('key_untrusted 30');
    expect(names(rechain(thief.kid, false))).toBe('key_untrusted 30');
    // Nothing pinned and every signature by the thief's key: the tree that the log signed still tells.
    expect(names(rechain(thief.kid, true), { verifyEd25519: verifyOnce })).toBe('tree_mismatch -');
    const quick: VerifierOptions = { ...trusting, signatures: 'checkpoints' };
    expect(names(rechain(ours, false), quick)).toBe('signature_invalid 64');
  });
  it('even with the receipt key: time, streams and places must follow', () => {
    const earlier = entryAt(lines, 11);
    expect(names(forged(lines, 12, { ts: earlier.ts - 1 }))).toBe('chain_gap 12');
    expect(names(forged(lines, 12, { stream_seq: earlier.stream_seq + 9 }))).toMatch(/ 12$/);
    expect(names(forged(lines, 12, { prev_receipt_hash: 'a'.repeat(64) }))).toBe('chain_gap 12');
    expect(names(forged(lines, 12, { prev_stream_hash: 'a'.repeat(64) }))).toBe('chain_gap 12');
    expect(names(forged(lines, 12, { tenant: 'other' }))).toBe('binding_failed 12');
    expect(names(forged(lines, 12, { receipt_id: earlier.receipt_id }))).toBe('malformed 12');
    expect(names(forged(lines, 12, { trace_id: 'x' }))).toBe('chain_gap 13');
    expect(names(forged(lines, 64, { trace_id: 'x' }))).toBe('tree_mismatch -');
  });
});

describe('checkpoints', () => {
  const first = lines.findIndex((line) => line.includes('"kind":"checkpoint"'));
  const withNote = (note: string): LedgerVerdict =>
    judge(resealed(lines.with(first, canonicalJson({ kind: 'checkpoint', note }))));
  const note = ledger.notes[0] ?? '';

  it('need log signature and cosignature', () => {
    expect(withNote(note)).toMatchObject({ ok: true });
    expect(withNote(note.replace(/— witness[^\n]*\n/, ''))).toMatchObject({
      label: 'checkpoint_invalid',
      detail: 'no witness has cosigned',
    });
    expect(withNote(note.replace(/— log[^\n]*\n/, ''))).toMatchObject({
      label: 'checkpoint_invalid',
      detail: 'no_log_signature',
    });
    expect(withNote('rubbish')).toMatchObject({ label: 'checkpoint_invalid', detail: 'malformed_note' });
  });
  it('must be of this log, in order, and of entries that are there', () => {
    expect(
      judge(
        resealed([...lines.slice(0, first), lines[first + 1] ?? '', lines[first] ?? '', ...lines.slice(first + 2)]),
      ),
    ).toMatchObject({
      label: 'checkpoint_invalid',
      detail: 'checkpoints do not grow',
    });
    const other = ledgerOf(10).notes[0]?.replaceAll('log.example/acme', 'log.example/acne') ?? '';
    expect(withNote(other)).toMatchObject({ label: 'checkpoint_invalid' });
  });
  it('must cover every entry', () => {
    const bare = { ok: false, label: 'checkpoint_invalid' };
    expect(judge(ledgerOf(20, [5]).exportLines())).toMatchObject({ ...bare, seq: 6, line: 25 });
    expect(judge(ledgerOf(20, []).exportLines())).toMatchObject({ ...bare, seq: 1 });
    expect(judge(ledgerOf(20, [5]).exportLines(), { verifyEd25519: verifyOnce })).toMatchObject(bare);
    expect(judge([...ledgerOf(20, [5]).exportLines(), '{}'])).toMatchObject({ label: 'malformed' });
  });
  it('every byte of the witness name in the header counts, whether the pinned key has a name or not', () => {
    const [header = ''] = lines;
    const from = header.indexOf(WITNESS);
    const nameless = pinned.map(({ name: _, ...key }) => key);
    for (let at = from; at < from + WITNESS.length; at++) {
      const flipped = String.fromCharCode(header.charCodeAt(at) ^ 1);
      const bent = resealed(lines.with(0, header.slice(0, at) + flipped + header.slice(at + 1)));
      expect(judge(bent)).toMatchObject({ label: 'binding_failed', line: 1 });
      expect(judge(bent, { ...trusting, keys: nameless })).toMatchObject({ label: 'checkpoint_invalid' });
    }
    expect(judge(lines, { ...trusting, keys: nameless })).toMatchObject({ ok: true });
  });
  it('a tree of other entries is a mismatch, named by the range it covers', () => {
    const text = checkpointText({ origin: ORIGIN, size: 10, root: new Uint8Array(32) });
    const signed = assembleNote(text, [logSignatureLine(ORIGIN, logKey.publicKey, logKey.sign(utf8(text)))]);
    const keys = pinned.filter((key) => key.use !== 'witness');
    const bent = resealed(lines.with(first, canonicalJson({ kind: 'checkpoint', note: signed })));
    expect(judge(bent, { ...trusting, keys })).toMatchObject({
      label: 'tree_mismatch',
      detail: 'entries 1 to 10 are not the ones signed',
    });
  });
  it('a log key that was not pinned is not trusted', () => {
    const keys = pinned.filter((key) => key.use !== 'log');
    expect(judge(lines, { ...trusting, keys })).toMatchObject({ label: 'key_untrusted' });
  });
});

describe('outcomes', () => {
  const outcome = (target: TestLedger, decisionId: string | null, type = 'wcp.dispatch.started') =>
    target.append({
      type,
      stream: 'dispatch',
      actor: { kind: 'worker', id: 'w' },
      trace_id: null,
      cause: null,
      body: { decision_id: decisionId },
    });
  const decided = (outcomeWanted: string, stream: string) => {
    const target = new TestLedger();
    const draft = draftFor(target);
    target.append({ ...draft, stream, body: { ...draft.body, outcome: outcomeWanted } });
    return { target, decisionId: String(draft.body.decision_id) };
  };
  it('need a decision that dispatched', () => {
    const { target, decisionId } = decided('DISPATCH', 'wcp');
    outcome(target, decisionId);
    outcome(target, decisionId, 'wcp.dispatch.outcome_missing');
    target.publish();
    expect(judge(target.exportLines())).toMatchObject({
      ok: true,
      summary: { dispatched: 1, open: 1, outcomesMissing: 1 },
    });
    outcome(target, decisionId, 'wcp.dispatch.completed');
    target.publish();
    expect(judge(target.exportLines())).toMatchObject({
      ok: true,
      summary: { dispatched: 1, open: 0, outcomesMissing: 1 },
    });
  });
  it.each([
    ['DENY', 'wcp'],
    ['STEWARD_HOLD', 'wcp'],
    ['DISPATCH', 'wcp.dry'],
  ])('%s in %s admits nothing', (wanted, stream) => {
    const { target, decisionId } = decided(wanted, stream);
    for (const type of ['started', 'completed', 'failed', 'outcome_missing']) {
      const bad = new TestLedger();
      const [admission] = target.sealed;
      if (admission !== undefined) bad.append(admission.entry);
      outcome(bad, decisionId, `wcp.dispatch.${type}`);
      expect(judge(bad.exportLines())).toMatchObject({ ok: false, label: 'admission_missing', seq: 2 });
    }
  });
  it('an unknown, absent or later decision admits nothing', () => {
    const later = new TestLedger();
    outcome(later, null);
    expect(judge(later.exportLines())).toMatchObject({ label: 'admission_missing', seq: 1 });
    const { target, decisionId } = decided('DISPATCH', 'wcp');
    outcome(
      target,
      decisionId.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    );
    expect(judge(target.exportLines())).toMatchObject({ label: 'admission_missing', seq: 2 });
  });
});

describe('the form of the file', () => {
  const faults: readonly (readonly [string, readonly string[], string])[] = [
    ['nothing', [], 'malformed'],
    ['no header', resealed(lines.slice(1)), 'malformed'],
    ['two headers', resealed([lines[0] ?? '', ...lines]), 'malformed'],
    ['no end', lines.slice(0, -1), 'malformed'],
    ['two ends', [...lines, lines.at(-1) ?? ''], 'malformed'],
    ['a line after the end', [...lines, ''], 'malformed'],
    ['an empty line', resealed(lines.toSpliced(5, 0, '')), 'malformed'],
    ['a content after entries', resealed(lines.toSpliced(9, 0, lines[1] ?? '')), 'malformed'],
    [
      'a content that is not its hash',
      resealed(lines.with(1, (lines[1] ?? '').replace('rr_doc', 'rr_dog'))),
      'binding_failed',
    ],
    ['an unknown kind', resealed(lines.toSpliced(1, 0, '{"kind":"x"}')), 'malformed'],
    [
      'a header of another range',
      resealed(lines.with(0, (lines[0] ?? '').replace('"from":1', '"from":2'))),
      'malformed',
    ],
    [
      'an origin of another tenant',
      resealed(lines.with(0, (lines[0] ?? '').replace('example/acme', 'example/acne'))),
      'binding_failed',
    ],
    [
      'a kid that is no thumbprint',
      resealed(lines.with(0, (lines[0] ?? '').replace(/"kid":"./, '"kid":"_'))),
      'binding_failed',
    ],
    ['an end line of another file', lines.with(-1, ledgerOf(64, [64]).exportLines().at(-1) ?? ''), 'binding_failed'],
  ];
  it.each(faults)('%s', (_name, bent, label) => {
    expect(judge(bent)).toMatchObject({ ok: false, label });
  });
  it('bytes that are no UTF-8, or no complete line', () => {
    const file = fileOf(lines);
    expect(judgeBytes(file.with(file.length - 100, 0xff) as Uint8Array)).toMatchObject({
      ok: false,
      label: 'malformed',
    });
    expect(judgeBytes(file.slice(0, -1))).toMatchObject({ ok: false, label: 'malformed' });
    expect(judgeBytes(Uint8Array.of(...file, 0x20))).toMatchObject({ ok: false, label: 'malformed' });
  });
  it('the first failure is final', () => {
    const verifier = new LedgerVerifier(trusting);
    const failure = verifier.line('rubbish');
    expect(failure).toMatchObject({ ok: false, label: 'malformed', line: 1 });
    for (const line of lines) expect(verifier.line(line)).toBe(failure);
    expect(verifier.feed(fileOf(lines))).toBe(failure);
    expect(verifier.finish()).toBe(failure);
  });
});

describe('key sets', () => {
  it('take verification keys, pass over others, refuse broken ones', () => {
    const [receipt] = exportKeys;
    expect(
      readKeySet({ keys: [...exportKeys, { kty: 'OKP', crv: 'Ed25519', use: 'grant', x: 'x' }, { kty: 'RSA' }] }),
    ).toHaveLength(3);
    expect(readKeySet({ keys: [{ ...receipt, kid: 'x' }] })).toBeUndefined();
    expect(readKeySet({ keys: [{ ...receipt, x: 'AAAA' }] })).toBeUndefined();
    expect(readKeySet({ keys: [{ ...receipt, name: 1 }] })).toBeUndefined();
    for (const rubbish of [null, [], {}, { keys: {} }, { keys: [1] }]) expect(readKeySet(rubbish)).toBeUndefined();
  });
  it('RFC 8037 A.3: the thumbprint', () => {
    const x = Uint8Array.from(Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url'));
    expect(thumbprintOf(x)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});
