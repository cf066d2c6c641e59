/**
 * Which receipts of this tenant used what a ban names (DESIGN §7): decisions that dispatched it, and what became of
 * them. Read from the ledger itself, newest first, so many entries a call; a ban by hash is matched with the facts that
 * each decision has kept, so with the worker as it was then.
 */
import { sha256Hex } from '../core/hash.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type BanTarget, isBanned, setsOf } from '../core/registry/ban.ts';
import { restoreFact, type WorkerFact } from '../core/registry/worker.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entryTextAt, walkBack } from '../ledger/entries.ts';
import { isoMicros } from './workers.ts';

const PAGE_SCAN = 5_000;

export class Impact {
  readonly #ledger: Ledger<object>;

  constructor(ledger: Ledger<object>) {
    this.#ledger = ledger;
  }

  /** `next_cursor` where there may be more, also of a page that found nothing. */
  of(target: BanTarget, before: number | null, limit: number): JsonObject {
    const uses = this.#judge(target);
    // Most entries of a long ledger are passed over without parsing them.
    const mark = 'worker_id' in target ? `"worker_id":"${target.worker_id}"` : '"worker_id":"';
    const receipts: JsonObject[] = [];
    const visit = (text: string): 'more' | 'stop' => {
      if (!text.includes(mark)) return 'more';
      const entry = JSON.parse(text) as JsonObject;
      if (!uses(entry)) return 'more';
      receipts.push(shown(entry, text));
      return receipts.length === limit ? 'stop' : 'more';
    };
    const stoppedAt = walkBack(this.#ledger.sql, before ?? this.#ledger.log.head.size + 1, PAGE_SCAN, visit);
    return { receipts, count: receipts.length, next_cursor: stoppedAt > 1 ? String(stoppedAt) : null };
  }

  #judge(target: BanTarget): (entry: JsonObject) => boolean {
    const banned = setsOf([target]);
    const judged = new Map<string, boolean>();
    const ofDecision = (body: JsonObject, workerId: string): boolean => {
      const { workers } = body.seen as { readonly workers?: string };
      const key = `${workers} ${workerId}`;
      const known = judged.get(key);
      if (known !== undefined) return known;
      const fact = workers === undefined ? null : this.#factIn(workers, workerId);
      const uses = fact !== null && isBanned(banned, fact);
      judged.set(key, uses);
      return uses;
    };
    return ({ type, stream, body: said }) => {
      const body = said as JsonObject;
      const { worker_id: workerId } = body;
      if (typeof workerId !== 'string' || typeof type !== 'string') return false;
      if (type === 'wcp.decision') return stream === 'wcp' && ofDecision(body, workerId);
      if (type === 'wcp.attestation.mismatch' && banned.artifacts.has(String(body.reported_hash))) return true;
      if (!type.startsWith('wcp.dispatch.') && type !== 'wcp.attestation.mismatch') return false;
      const decision = this.#decisionOf(body);
      return decision !== null && ofDecision(decision, workerId);
    };
  }

  #decisionOf({ decision_id: id }: JsonObject): JsonObject | null {
    const seq = typeof id === 'string' ? seqOfId(id) : null;
    const text = seq === null ? null : entryTextAt(this.#ledger.sql, seq);
    return text === null ? null : (JSON.parse(text) as { body: JsonObject }).body;
  }

  /** The worker as the decision saw it. */
  #factIn(listHash: string, workerId: string): WorkerFact | null {
    const { contents } = this.#ledger;
    const { workers } = JSON.parse(contents.text(listHash) ?? '{}') as { workers?: readonly string[] };
    for (const hash of workers ?? []) {
      const text = contents.text(hash);
      const fact = text === null ? null : restoreFact(JSON.parse(text));
      if (fact?.ok === true && fact.value.worker_id === workerId) return fact.value;
    }
    return null;
  }
}

const shown = (entry: JsonObject, text: string): JsonObject => {
  const body = entry.body as JsonObject;
  return {
    receipt_id: entry.receipt_id ?? null,
    receipt_hash: sha256Hex(text),
    seq: entry.seq ?? null,
    type: entry.type ?? null,
    recorded_at: isoMicros(Number(entry.ts)),
    decision_id: body.decision_id ?? null,
    worker_id: body.worker_id ?? null,
    capability_id: body.capability_id ?? null,
  };
};
