/** A small ledger with fixed keys, clock and ids: the same bytes on every run. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { concat, fromHex, toBase64Url, utf8 } from '../../../src/core/bytes.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256, sha256Hex } from '../../../src/core/hash.ts';
import { decisionIdFor, receiptIdFor } from '../../../src/core/ids.ts';
import {
  assembleNote,
  checkpointMessage,
  checkpointText,
  cosignatureLine,
  cosignatureMessage,
  logSignatureLine,
  type VerifyEd25519,
} from '../../../src/core/ledger/checkpoint.ts';
import { type EntryDraft, type SealedEntry, sealEntry, signedEntryText } from '../../../src/core/ledger/entry.ts';
import { ExportWriter } from '../../../src/core/ledger/export.ts';
import { TileTree } from '../../../src/core/ledger/tiles.ts';
import { publicKeyJwk, readKeySet, thumbprintOf, type VerifyingUse } from '../../../src/core/ledger/trust.ts';

export const TENANT = 'acme';
export const ORIGIN = 'log.example/acme';
export const WITNESS = 'witness.example/w1';
const EPOCH_US = 1_763_600_000_000_000;

export interface TestKey {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const PKCS8 = fromHex('302e020100300506032b657004220420') ?? new Uint8Array();
const SPKI = fromHex('302a300506032b6570032100') ?? new Uint8Array();

export function keyFromSeed(seed: string): TestKey {
  const der = Buffer.from(concat(PKCS8, sha256(seed)));
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

const publicKeys = new Map<string, KeyObject>();
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const name = toBase64Url(publicKey);
  let key = publicKeys.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.from(concat(SPKI, publicKey)), format: 'der', type: 'spki' });
    publicKeys.set(name, key);
  }
  return signature.length === 64 && verify(null, message, key, signature);
};

export const receiptKey = keyFromSeed('receipt');
export const logKey = keyFromSeed('log');
export const witnessKey = keyFromSeed('witness');

const jwk = (use: VerifyingUse, key: TestKey, name?: string) => publicKeyJwk(use, key.publicKey, name);
export const exportKeys = [jwk('receipt', receiptKey), jwk('log', logKey), jwk('witness', witnessKey, WITNESS)];
export const pinned = readKeySet({ keys: exportKeys }) ?? [];

/** A number of 0 to 2^32 - 1 that depends on its name only. */
export const pick = (name: string): number => Number.parseInt(sha256Hex(name).slice(0, 8), 16);
const uuidFor = (name: string): string => {
  const hex = sha256Hex(name);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export class TestLedger {
  readonly sealed: SealedEntry[] = [];
  readonly signatures: string[] = [];
  readonly tree = TileTree.empty();
  readonly tiles = new Map<string, Uint8Array>();
  readonly notes: string[] = [];
  readonly contents = new Map<string, string>();
  readonly #streams = new Map<string, { seq: number; hash: string }>();

  get size(): number {
    return this.sealed.length;
  }

  append(draft: EntryDraft): SealedEntry {
    const seq = this.size + 1;
    const ts = EPOCH_US + seq * 1_000_037;
    const stream = this.#streams.get(draft.stream);
    const sealed = sealEntry(draft, {
      tenant: TENANT,
      seq,
      ts,
      receiptId: receiptIdFor(Math.floor(ts / 1000), uuidFor(`receipt ${seq}`), seq),
      streamSeq: (stream?.seq ?? 0) + 1,
      prevReceiptHash: this.sealed.at(-1)?.receiptHash ?? null,
      prevStreamHash: stream?.hash ?? null,
      signingKeyId: thumbprintOf(receiptKey.publicKey),
    });
    this.#streams.set(draft.stream, { seq: (stream?.seq ?? 0) + 1, hash: sealed.receiptHash });
    this.sealed.push(sealed);
    this.signatures.push(toBase64Url(receiptKey.sign(utf8(sealed.receiptHash))));
    for (const { level, index, hashes } of this.tree.append(sealed.leaf)) this.tiles.set(`${level}/${index}`, hashes);
    return sealed;
  }

  readTile = (level: number, index: number): Uint8Array | undefined => this.tiles.get(`${level}/${index}`);

  publish(): string {
    const text = checkpointText({ origin: ORIGIN, size: this.size, root: this.tree.root() });
    const time = Math.floor(EPOCH_US / 1_000_000) + this.size;
    const note = assembleNote(text, [
      logSignatureLine(ORIGIN, logKey.publicKey, logKey.sign(checkpointMessage(text))),
      cosignatureLine(WITNESS, witnessKey.publicKey, time, witnessKey.sign(cosignatureMessage(text, time))),
    ]);
    this.notes.push(note);
    return note;
  }

  keep(value: unknown): string {
    const text = canonicalJson(value);
    const hash = sha256Hex(text);
    this.contents.set(hash, text);
    return hash;
  }

  signedText(seq: number): string {
    const sealed = this.sealed[seq - 1];
    const signature = this.signatures[seq - 1];
    if (sealed === undefined || signature === undefined) throw new RangeError(`no entry ${seq}`);
    return signedEntryText(sealed.text, sealed.receiptHash, signature);
  }

  /** Lines without their newlines. */
  exportLines(): string[] {
    const writer = new ExportWriter();
    const lines = [writer.header({ tenant: TENANT, origin: ORIGIN, to: this.size, keys: exportKeys })];
    for (const [hash, text] of this.contents) lines.push(writer.content(hash, text));
    for (let seq = 1; seq <= this.size; seq++) lines.push(writer.entry(this.signedText(seq)));
    for (const note of this.notes) lines.push(writer.checkpoint(note));
    lines.push(writer.end());
    return lines.map((line) => line.slice(0, -1));
  }
}

/** Decisions, and for every third DISPATCH its start and its end; deterministic in `n`. */
export function draftFor(ledger: TestLedger): EntryDraft {
  const seq = ledger.size + 1;
  const earlier = ledger.sealed.at(-1)?.entry;
  const actor = { kind: 'agent', id: 'key_01', role: 'agent' } as const;
  if (earlier?.body.outcome === 'DISPATCH' && earlier.stream === 'wcp' && pick(`outcome ${seq}`) % 2 === 0) {
    const body = { decision_id: earlier.body.decision_id ?? null, result_hash: sha256Hex(`result ${seq}`) };
    return {
      type: 'wcp.dispatch.completed',
      stream: 'dispatch',
      actor,
      trace_id: earlier.trace_id,
      cause: earlier.receipt_id,
      body,
    };
  }
  const outcome = pick(`decision ${seq}`) % 3 === 0 ? 'DENY' : 'DISPATCH';
  const body = {
    artifact_hash: sha256Hex(`request ${seq}`),
    blast: { score: pick(`blast ${seq}`) % 100, gate: false },
    capability_id: 'cap.doc.summarize',
    controls_verified: ['ctrl.obs.audit-log-append-only', 'ctrl.privilege-envelopes-required'],
    correlation_id: uuidFor(`correlation ${seq}`),
    decision_id: decisionIdFor(uuidFor(`decision ${seq}`), seq),
    deny_code: outcome === 'DENY' ? 'DENY_NO_MATCHING_RULE' : null,
    note: seq % 7 === 0 ? 'häufig "zitiert" ✓\n' : 'plain',
    outcome,
    rules_hash: [...ledger.contents.keys()][0] ?? null,
    worker_id: outcome === 'DENY' ? null : 'org.acme.summarizer-1',
  };
  const stream = pick(`stream ${seq}`) % 5 === 0 ? 'wcp.dry' : 'wcp';
  return { type: 'wcp.decision', stream, actor, trace_id: body.correlation_id, cause: null, body };
}

export function ledgerOf(size: number, publishAt: readonly number[] = [size]): TestLedger {
  const ledger = new TestLedger();
  ledger.keep({ rules: [{ id: 'rr_doc', match: { capability_id: 'cap.doc.summarize' } }], version: '1' });
  ledger.keep({ policy: 'default' });
  while (ledger.size < size) {
    ledger.append(draftFor(ledger));
    if (publishAt.includes(ledger.size)) ledger.publish();
  }
  return ledger;
}
