/** A ledger of real form in memory: entries as a tenant writes them, chained, signed, with witnessed checkpoints. */

import { makeSecrets } from '../../../src/cli/secrets.ts';
import { toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import { decisionIdFor, receiptIdFor } from '../../../src/core/ids.ts';
import {
  assembleNote,
  checkpointMessage,
  checkpointText,
  cosignatureLine,
  cosignatureMessage,
  logSignatureLine,
} from '../../../src/core/ledger/checkpoint.ts';
import { sealEntry, signedEntryText } from '../../../src/core/ledger/entry.ts';
import { ExportWriter } from '../../../src/core/ledger/export.ts';
import { formatTlogProof } from '../../../src/core/ledger/proof.ts';
import { TileTree } from '../../../src/core/ledger/tiles.ts';
import { publicKeyJwk, readKeySet, type TrustedKey } from '../../../src/core/ledger/trust.ts';
import { type KeyRing, loadKeyRing, type SigningKey } from '../../../src/keys/ring.ts';
import { draftOf } from '../server/append.ts';

const TENANT = 'bench';
const ORIGIN = `bench.local/${TENANT}`;
const WITNESS = 'bench.local/witness';
const START_MS = 1_795_219_200_000;

export class LedgerOf {
  readonly #ring: KeyRing = loadKeyRing(makeSecrets().SIGNING_KEYS);
  readonly #tree = TileTree.empty();
  readonly #tiles = new Map<string, Uint8Array>();
  #prev: string | null = null;
  readonly size: number;
  /** Canonical text of each signed entry, by seq - 1. */
  readonly texts: string[] = [];

  /** `sign`: whether receipts carry a signature that verifies; those of a hash-only audit need none but the last. */
  constructor(size: number, sign: 'all' | 'last') {
    this.size = size;
    for (let seq = 1; seq <= size; seq++) this.#append(seq, sign === 'all' || seq === size);
  }

  get keys(): readonly TrustedKey[] {
    return readKeySet({ keys: this.#jwks() }) ?? [];
  }

  #jwks() {
    const jwk = (use: 'receipt' | 'log' | 'witness', name?: string) =>
      publicKeyJwk(use, this.#key(use).rawPublic, name);
    return [jwk('receipt'), jwk('log'), jwk('witness', WITNESS)];
  }

  #key(use: 'receipt' | 'log' | 'witness'): SigningKey {
    return this.#ring.active(use);
  }

  #append(seq: number, signed: boolean): void {
    const ms = START_MS + seq;
    const random = crypto.randomUUID();
    const key = this.#key('receipt');
    const { text, receiptHash, leaf } = sealEntry(draftOf(decisionIdFor(random, seq), ms * 1000), {
      tenant: TENANT,
      seq,
      ts: ms * 1000,
      receiptId: receiptIdFor(ms, random, seq),
      streamSeq: seq,
      prevReceiptHash: this.#prev,
      prevStreamHash: this.#prev,
      signingKeyId: key.kid,
    });
    const signature = signed ? toBase64Url(key.sign(utf8(receiptHash))) : `${'A'.repeat(85)}A`;
    this.texts.push(signedEntryText(text, receiptHash, signature));
    for (const { level, index, hashes } of this.#tree.append(leaf)) this.#tiles.set(`${level}/${index}`, hashes);
    this.#prev = receiptHash;
  }

  readonly #read = (level: number, index: number): Uint8Array | undefined => this.#tiles.get(`${level}/${index}`);

  checkpoint(size: number): string {
    const text = checkpointText({ origin: ORIGIN, size, root: this.#tree.rootAt(size, this.#read) });
    const seconds = START_MS / 1000;
    const log = this.#key('log');
    const witness = this.#key('witness');
    return assembleNote(text, [
      logSignatureLine(ORIGIN, log.rawPublic, log.sign(checkpointMessage(text))),
      cosignatureLine(WITNESS, witness.rawPublic, seconds, witness.sign(cosignatureMessage(text, seconds))),
    ]);
  }

  tlogProof(seq: number, checkpoint: string): string {
    return formatTlogProof({
      index: seq - 1,
      hashes: this.#tree.inclusionProof(this.size, seq - 1, this.#read),
      checkpoint,
    });
  }

  /** The lines of an export without their newlines, with a checkpoint every `period` entries. */
  *exportLines(period: number): Generator<string> {
    const writer = new ExportWriter();
    const line = (text: string): string => text.slice(0, -1);
    yield line(writer.header({ tenant: TENANT, origin: ORIGIN, to: this.size, keys: this.#jwks() }));
    for (const text of this.texts) yield line(writer.entry(text));
    for (let size = period; size < this.size; size += period) yield line(writer.checkpoint(this.checkpoint(size)));
    yield line(writer.checkpoint(this.checkpoint(this.size)));
    yield line(writer.end());
  }
}
