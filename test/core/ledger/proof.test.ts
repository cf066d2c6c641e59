import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hash.ts';
import { formatTlogProof, parseTlogProof } from '../../../src/core/ledger/proof.ts';
import { verifyProofFile, verifyReceipt } from '../../../src/core/ledger/verify.ts';
import { keyFromSeed, ledgerOf, ORIGIN, pinned, verifyEd25519 } from './fixture.ts';

const note = 'log.example/acme\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— log.example/acme AAAAAAA=\n';

describe('tlog-proof@v1', () => {
  it('has the form of the specification', () => {
    const text = formatTlogProof({ index: 2, hashes: [sha256('a')], checkpoint: note });
    expect(text).toBe(`c2sp.org/tlog-proof@v1\nindex 2\nypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n\n${note}`);
    expect(parseTlogProof(text)).toEqual({ index: 2, hashes: [sha256('a')], checkpoint: note });
  });
  it('takes no hash, or extra data', () => {
    const bare = { index: 0, hashes: [], checkpoint: note };
    expect(parseTlogProof(formatTlogProof(bare))).toEqual(bare);
    const extra = { ...bare, extra: sha256('x').slice(0, 5) };
    expect(formatTlogProof(extra)).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra LXEW[^\n]*\nindex 0\n\n/);
    expect(parseTlogProof(formatTlogProof(extra))).toEqual(extra);
  });
  it.each([
    ['another version', `c2sp.org/tlog-proof@v2\nindex 0\n\n${note}`],
    ['no index', `c2sp.org/tlog-proof@v1\n\n${note}`],
    ['leading zero', `c2sp.org/tlog-proof@v1\nindex 01\n\n${note}`],
    ['unsafe index', `c2sp.org/tlog-proof@v1\nindex 9007199254740993\n\n${note}`],
    ['extra after index', `c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n${note}`],
    ['bad extra', `c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n${note}`],
    ['short hash', `c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n${note}`],
    [
      '64 hashes',
      formatTlogProof({ index: 0, hashes: Array.from({ length: 64 }, () => sha256('')), checkpoint: note }),
    ],
    ['carriage returns', `c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n${note}`],
    ['nothing', ''],
  ])('refuses %s', (_name, text) => expect(parseTlogProof(text)).toBeUndefined());
});

describe('a receipt and its proof, offline', () => {
  const ledger = ledgerOf(9);
  const checkpoint = ledger.notes[0] ?? '';
  const receipt = (seq: number): unknown => JSON.parse(ledger.signedText(seq));
  const proofOf = (seq: number): string =>
    formatTlogProof({ index: seq - 1, hashes: ledger.tree.inclusionProof(9, seq - 1, ledger.readTile), checkpoint });
  const verify = (entry: unknown, proof: string, demands = {}) =>
    verifyProofFile(entry, proof, pinned, verifyEd25519, demands);

  it('verify for every entry', () => {
    for (let seq = 1; seq <= 9; seq++) {
      expect(verifyReceipt(receipt(seq), pinned, verifyEd25519)).toMatchObject({ ok: true, entry: { seq } });
      expect(verify(receipt(seq), proofOf(seq), { origin: ORIGIN })).toMatchObject({
        ok: true,
        checkpoint: { size: 9 },
      });
    }
  });
  it('the order of the members does not matter, their values do', () => {
    const entry = receipt(2) as Record<string, unknown>;
    const turned = Object.fromEntries(Object.entries(entry).toReversed());
    expect(verifyReceipt(turned, pinned, verifyEd25519).ok).toBe(true);
    expect(verifyReceipt({ ...entry, trace_id: 'x' }, pinned, verifyEd25519)).toMatchObject({
      label: 'binding_failed',
      seq: 2,
    });
    expect(verifyReceipt({ ...entry, extra: 1 }, pinned, verifyEd25519)).toMatchObject({ label: 'malformed' });
    expect(
      verifyReceipt({ ...entry, signature: (receipt(3) as { signature: string }).signature }, pinned, verifyEd25519),
    ).toMatchObject({
      label: 'signature_invalid',
    });
    for (const rubbish of [null, 1, 'x', [], {}]) {
      expect(verifyReceipt(rubbish, pinned, verifyEd25519)).toMatchObject({ ok: false, label: 'malformed' });
    }
  });
  it('an unknown key is not trusted', () => {
    expect(verifyReceipt(receipt(1), [], verifyEd25519)).toMatchObject({ ok: false, label: 'key_untrusted', seq: 1 });
    const other = pinned.map((key) => ({ ...key, publicKey: keyFromSeed('other').publicKey as typeof key.publicKey }));
    expect(verifyReceipt(receipt(1), other, verifyEd25519)).toMatchObject({ label: 'signature_invalid' });
  });
  it('a proof of another entry, log, or without a witness does not do', () => {
    expect(verify(receipt(1), proofOf(2))).toMatchObject({ label: 'tree_mismatch' });
    expect(verify(receipt(1), proofOf(2).replace('index 1', 'index 0'))).toMatchObject({ label: 'tree_mismatch' });
    expect(verify(receipt(1), proofOf(1), { origin: 'log.example/other' })).toMatchObject({
      label: 'checkpoint_invalid',
    });
    expect(verify(receipt(1), proofOf(1), { witnesses: 2 })).toMatchObject({ label: 'checkpoint_invalid' });
    const unwitnessed = proofOf(1).replace(/— witness[^\n]*\n/, '');
    expect(verify(receipt(1), unwitnessed)).toMatchObject({ label: 'checkpoint_invalid' });
    expect(verify(receipt(1), unwitnessed, { witnesses: 0 })).toMatchObject({ ok: true });
    expect(verify(receipt(1), 'rubbish')).toMatchObject({ label: 'malformed' });
  });
});
