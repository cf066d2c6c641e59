/**
 * The entries of one ledger, judged one after the other: hash, place in the chain and in its stream, time, signature,
 * and that an outcome has its decision. Keeps 32 bytes an entry for the tree, the ids of dispatched decisions, no body.
 */
import { receiptAndLeaf } from '../hash.ts';
import type { VerifyEd25519 } from './checkpoint.ts';
import type { EntryFacts } from './entry-facts.ts';
import { type ReadTile, TileTree } from './tiles.ts';
import { keyFor, type TrustedKey } from './trust.ts';
import { type FailureLabel, isSignedBy } from './verify.ts';

export interface Fault {
  readonly label: FailureLabel;
  readonly detail: string;
  /** Of an entry that the chain took, and something else does not. */
  readonly seq?: number;
}

export interface ChainRules {
  readonly tenant: string;
  readonly keys: readonly TrustedKey[];
  readonly verifyEd25519: VerifyEd25519;
  /** Whether the signature of the entry at this seq is to be checked. */
  readonly isSignatureDue: (seq: number) => boolean;
}

const OUTCOME_PREFIX = 'wcp.dispatch.';
const OUTCOMES: ReadonlySet<string> = new Set(['started', 'completed', 'failed', 'outcome_missing']);

export class EntryChain {
  readonly #rules: ChainRules;
  readonly #tree = TileTree.empty();
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #streams = new Map<string, { seq: number; hash: string }>();
  /** decision_id → whether its outcome is recorded. */
  readonly #dispatched = new Map<string, boolean>();
  #last: EntryFacts | undefined;
  #outcomesMissing = 0;

  constructor(rules: ChainRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#tree.size;
  }

  get headHash(): string | null {
    return this.#last?.receiptHash ?? null;
  }

  get dispatched(): number {
    return this.#dispatched.size;
  }

  /** Dispatched decisions without a recorded outcome. */
  get open(): number {
    return [...this.#dispatched.values()].filter((closed) => !closed).length;
  }

  get outcomesMissing(): number {
    return this.#outcomesMissing;
  }

  rootAt(size: number): Uint8Array {
    return this.#tree.rootAt(size, this.#readTile);
  }

  /** Takes the entry, or blames, in this order: the entry itself, its place, its signature, its cause. */
  judge(facts: EntryFacts): Fault | undefined {
    const { receiptHash, leaf } = receiptAndLeaf(facts.text);
    if (receiptHash !== facts.receiptHash) {
      return { label: 'binding_failed', detail: 'receipt_hash is not the hash of the entry' };
    }
    if (facts.tenant !== this.#rules.tenant) return { label: 'binding_failed', detail: 'an entry of another tenant' };
    const fault = this.#chainFault(facts) ?? this.#signatureFault(facts) ?? this.#admissionFault(facts);
    if (fault === undefined) this.#take(facts, leaf);
    return fault;
  }

  #chainFault(facts: EntryFacts): Fault | undefined {
    const gap = (detail: string): Fault => ({ label: 'chain_gap', detail });
    const expected = this.#tree.size + 1;
    if (facts.seq !== expected) return gap(`seq ${facts.seq} stands where ${expected} belongs`);
    if (facts.prevReceiptHash !== (this.#last?.receiptHash ?? null)) return gap('prev_receipt_hash does not follow');
    if (facts.ts < (this.#last?.ts ?? 0)) return gap('time goes back');
    const stream = this.#streams.get(facts.stream);
    if (facts.streamSeq !== (stream?.seq ?? 0) + 1) return gap('stream_seq does not follow');
    if (facts.prevStreamHash !== (stream?.hash ?? null)) return gap('prev_stream_hash does not follow');
    return undefined;
  }

  #signatureFault(facts: EntryFacts): Fault | undefined {
    const key = keyFor(this.#rules.keys, 'receipt', facts.signingKeyId);
    if (key === undefined) return { label: 'key_untrusted', detail: `signing key ${facts.signingKeyId}` };
    const isDue = this.#rules.isSignatureDue(facts.seq);
    if (isDue && !isSignedBy(key, facts.receiptHash, facts.signature, this.#rules.verifyEd25519)) {
      return { label: 'signature_invalid', detail: 'the signature does not verify' };
    }
    return undefined;
  }

  #admissionFault(facts: EntryFacts): Fault | undefined {
    if (!isOutcome(facts.type)) return undefined;
    if (facts.decisionId !== null && this.#dispatched.has(facts.decisionId)) return undefined;
    return { label: 'admission_missing', detail: `${facts.type} without a dispatched decision` };
  }

  #take(facts: EntryFacts, leaf: Uint8Array): void {
    for (const { level, index, hashes } of this.#tree.append(leaf)) {
      this.#tiles.set(`${level}/${index}`, hashes);
    }
    this.#last = facts;
    const stream = this.#streams.get(facts.stream);
    if (stream === undefined) this.#streams.set(facts.stream, { seq: facts.streamSeq, hash: facts.receiptHash });
    else {
      stream.seq = facts.streamSeq;
      stream.hash = facts.receiptHash;
    }
    if (facts.decisionId === null) return;
    if (facts.type === 'wcp.decision') {
      if (facts.outcome === 'DISPATCH' && facts.stream === 'wcp')
        this.#dispatched.set(ownCopy(facts.decisionId), false);
    } else if (isOutcome(facts.type) && facts.type !== `${OUTCOME_PREFIX}started`) {
      if (facts.type === `${OUTCOME_PREFIX}outcome_missing`) this.#outcomesMissing++;
      else this.#dispatched.set(facts.decisionId, true);
    }
  }

  readonly #readTile: ReadTile = (level, index) => this.#tiles.get(`${level}/${index}`);
}

/**
 * A longer piece of a line would keep the whole line in memory (V8 slices share their parent); pieces this short are
 * copies, and using the sum of them as a key makes it one string of its own.
 */
const COPIED_PIECE = 12;

function ownCopy(text: string): string {
  let copy = '';
  for (let at = 0; at < text.length; at += COPIED_PIECE) copy += text.slice(at, at + COPIED_PIECE);
  return copy;
}

function isOutcome(type: string): boolean {
  return type.startsWith(OUTCOME_PREFIX) && OUTCOMES.has(type.slice(OUTCOME_PREFIX.length));
}
