import { describe, expect, it } from 'vitest';
import { fromBase64, toHex, utf8 } from '../../../src/core/bytes.ts';
import { sha256 } from '../../../src/core/hash.ts';
import {
  assembleNote,
  COSIGNATURE,
  checkpointText,
  cosignatureLine,
  cosignatureMessage,
  LOG_SIGNATURE,
  logSignatureLine,
  type NoteKey,
  noteKeyId,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  verifierKey,
} from '../../../src/core/ledger/checkpoint.ts';
import { keyFromSeed, logKey, ORIGIN, verifyEd25519, WITNESS, witnessKey } from './fixture.ts';

describe('signed-note: the published vector of golang.org/x/mod/sumdb/note', () => {
  const note =
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const publicKey = (fromBase64('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW') ?? new Uint8Array()).slice(1);

  it('key id, signing bytes and signature agree', () => {
    expect(toHex(noteKeyId('PeterNeumann', LOG_SIGNATURE, publicKey))).toBe('c74f20a3');
    expect(verifierKey('PeterNeumann', LOG_SIGNATURE, publicKey)).toBe(
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    );
    const parsed = parseNote(note);
    const [signature] = parsed?.signatures ?? [];
    expect(signature?.name).toBe('PeterNeumann');
    expect(toHex(signature?.keyId ?? new Uint8Array())).toBe('c74f20a3');
    expect(verifyEd25519(publicKey, utf8(parsed?.text ?? ''), signature?.signature ?? new Uint8Array())).toBe(true);
    expect(
      assembleNote(parsed?.text ?? '', [
        logSignatureLine('PeterNeumann', publicKey, signature?.signature ?? publicKey),
      ]),
    ).toBe(note);
  });
});

describe('tlog-checkpoint and tlog-cosignature', () => {
  it('reads the example of the specification', () => {
    const note =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
      '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';
    const parsed = parseNote(note);
    expect(parsed?.signatures.map(({ name, keyId }) => [name, toHex(keyId)])).toEqual([
      ['example.com/behind-the-sofa', '033de0ae'],
      ['witness.example.com/w1', '8d66cf3f'],
    ]);
    const time = parsed?.signatures[1]?.signature.slice(0, 8) ?? new Uint8Array(8);
    expect(new DataView(time.buffer).getBigUint64(0)).toBe(1_679_315_147n);
    const checkpoint = parseCheckpointText(parsed?.text ?? '');
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(checkpoint && checkpointText(checkpoint)).toBe(parsed?.text);
    expect(new TextDecoder().decode(cosignatureMessage(parsed?.text ?? '', 1_679_315_147))).toBe(
      'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    );
  });

  const root = sha256('root');
  const text = checkpointText({ origin: ORIGIN, size: 42, root });
  const logLine = logSignatureLine(ORIGIN, logKey.publicKey, logKey.sign(utf8(text)));
  const TIME = 1_763_600_000;
  const cosign = (time: number, signedTime = time) =>
    cosignatureLine(WITNESS, witnessKey.publicKey, time, witnessKey.sign(cosignatureMessage(text, signedTime)));
  const stranger = keyFromSeed('stranger');
  const strangerLine = logSignatureLine('stranger.example/x', stranger.publicKey, stranger.sign(utf8('other text')));
  const keys: NoteKey[] = [
    { type: LOG_SIGNATURE, publicKey: logKey.publicKey },
    { type: COSIGNATURE, publicKey: witnessKey.publicKey },
  ];
  const open = (note: string, known = keys) => openCheckpoint(note, known, verifyEd25519);

  it('opens with log signature and cosignature', () => {
    expect(open(assembleNote(text, [logLine, cosign(TIME)]))).toEqual({
      ok: true,
      value: {
        origin: ORIGIN,
        size: 42,
        root,
        cosigned: [{ name: WITNESS, publicKey: witnessKey.publicKey, timestamp: TIME }],
      },
    });
  });

  it('ignores lines of unknown keys, even under a known name', () => {
    const sameName = logSignatureLine(ORIGIN, stranger.publicKey, stranger.sign(utf8('x')));
    expect(open(assembleNote(text, [strangerLine, sameName, logLine])).ok).toBe(true);
    expect(open(assembleNote(text, [strangerLine]))).toEqual({ ok: false, error: 'no_log_signature' });
    expect(open(assembleNote(text, [cosign(TIME)]))).toEqual({ ok: false, error: 'no_log_signature' });
  });

  it('refuses the note when a known key’s line fails, or comes twice', () => {
    const bad = logSignatureLine(ORIGIN, logKey.publicKey, logKey.sign(utf8('other')));
    expect(open(assembleNote(text, [bad]))).toEqual({ ok: false, error: 'bad_log_signature' });
    expect(open(assembleNote(text, [logLine, cosign(TIME, TIME + 1)]))).toEqual({
      ok: false,
      error: 'bad_cosignature',
    });
    expect(open(assembleNote(text, [logLine, logLine]))).toEqual({ ok: false, error: 'repeated_signature' });
    expect(open(assembleNote(text, [logLine, cosign(TIME), cosign(TIME + 1)]))).toEqual({
      ok: false,
      error: 'repeated_signature',
    });
  });

  it('a log signs under its origin; a named key signs under its name', () => {
    const elsewhere = logSignatureLine('other.example', logKey.publicKey, logKey.sign(utf8(text)));
    expect(open(assembleNote(text, [elsewhere]))).toEqual({ ok: false, error: 'no_log_signature' });
    const named: NoteKey[] = [
      { type: LOG_SIGNATURE, publicKey: logKey.publicKey },
      { type: COSIGNATURE, publicKey: witnessKey.publicKey, name: 'another.example' },
    ];
    const opened = open(assembleNote(text, [logLine, cosign(TIME)]), named);
    expect(opened.ok && opened.value.cosigned).toEqual([]);
  });

  it('a log key is no witness key and the other way round: the type is in the key id', () => {
    const crossed = logSignatureLine(WITNESS, witnessKey.publicKey, witnessKey.sign(utf8(text)));
    const opened = open(assembleNote(text, [logLine, crossed]));
    expect(opened.ok && opened.value.cosigned).toEqual([]);
  });

  it('any flipped bit of text or known signature fails', () => {
    const note = utf8(assembleNote(text, [logLine, cosign(TIME)]));
    for (let bit = 0; bit < note.length * 8; bit++) {
      const bent = note.slice();
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = open(new TextDecoder().decode(bent));
      // A flip in a name or key id makes the line a stranger's; then its owner has not signed.
      expect(opened.ok && opened.value.cosigned.length === 1).toBe(false);
    }
  });

  it.each([
    ['no signature', `${text}\n`],
    ['no blank line', text + logLine],
    ['no final newline', assembleNote(text, [logLine]).slice(0, -1)],
    ['a control character', assembleNote(`${text}\t\n`, [logLine])],
    ['a carriage return', assembleNote(text, [logLine.replace('\n', '\r\n')])],
    ['a hyphen for the dash', assembleNote(text, [logLine.replace('—', '-')])],
    ['three fields', assembleNote(text, [logLine.replace('\n', ' x\n')])],
    ['base64 without padding', assembleNote(text, ['— a AAAAAAA\n'])],
    ['a key id alone', assembleNote(text, ['— a AAAAAA==\n'])],
    ['a plus in the name', assembleNote(text, ['— a+b AAAAAAA=\n'])],
    [
      '65 lines',
      assembleNote(
        text,
        Array.from({ length: 65 }, () => strangerLine),
      ),
    ],
  ])('a note with %s is malformed', (_name, note) => {
    expect(open(note)).toEqual({ ok: false, error: 'malformed_note' });
  });

  it.each([
    ['leading zero', `${ORIGIN}\n042\n${text.split('\n')[2]}\n`],
    ['negative size', `${ORIGIN}\n-1\n${text.split('\n')[2]}\n`],
    ['unsafe size', `${ORIGIN}\n9007199254740993\n${text.split('\n')[2]}\n`],
    ['short root', `${ORIGIN}\n1\nAAAA\n`],
    ['no origin', `\n1\n${text.split('\n')[2]}\n`],
    ['two lines', `${ORIGIN}\n1\n`],
    ['an empty extension', `${text}\nx\n`],
  ])('a checkpoint with %s is malformed', (_name, bad) => {
    expect(parseCheckpointText(bad)).toBeUndefined();
  });

  it('extension lines are allowed by the format and covered by the signature', () => {
    expect(parseCheckpointText(`${text}extension\n`)).toMatchObject({ size: 42 });
  });

  it('names in signature lines hold no space and no plus', () => {
    expect(() => logSignatureLine('a b', logKey.publicKey, root)).toThrow(RangeError);
    expect(() => logSignatureLine('a+b', logKey.publicKey, root)).toThrow(RangeError);
  });
});
