/**
 * The frozen vectors of everything that is stored, hashed or signed, made from the fixture. The file
 * `test/vectors/ledger.json` pins them: a difference is a change of the format and needs a stated migration.
 */
import { toHex } from '../../../src/core/bytes.ts';
import { COSIGNATURE, LOG_SIGNATURE, verifierKey } from '../../../src/core/ledger/checkpoint.ts';
import { formatTlogProof } from '../../../src/core/ledger/proof.ts';
import { exportKeys, ledgerOf, logKey, ORIGIN, WITNESS, witnessKey } from './fixture.ts';

const SIZE = 7;

export function ledgerVectors() {
  const ledger = ledgerOf(SIZE);
  const { tree, readTile } = ledger;
  const sizes = Array.from({ length: SIZE }, (_, i) => i + 1);
  return {
    keys: exportKeys,
    verifier_keys: [
      verifierKey(ORIGIN, LOG_SIGNATURE, logKey.publicKey),
      verifierKey(WITNESS, COSIGNATURE, witnessKey.publicKey),
    ],
    entries: ledger.sealed.map(({ seq, text, receiptHash, leaf }) => ({
      seq,
      text,
      receipt_hash: receiptHash,
      leaf: toHex(leaf),
      signed_text: ledger.signedText(seq),
    })),
    roots: [0, ...sizes].map((size) => toHex(tree.rootAt(size, readTile))),
    inclusion: sizes.map((seq) => tree.inclusionProof(SIZE, seq - 1, readTile).map(toHex)),
    consistency: sizes.map((size) => tree.consistencyProof(size, SIZE, readTile).map(toHex)),
    checkpoint: ledger.notes[0] ?? '',
    tlog_proof: formatTlogProof({
      index: 4,
      hashes: tree.inclusionProof(SIZE, 4, readTile),
      checkpoint: ledger.notes[0] ?? '',
    }),
    export: ledger.exportLines(),
  };
}
