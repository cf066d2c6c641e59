/**
 * The witness of one log (DESIGN §6): the smallest storage that can tell a fork from an extension. It is apart from
 * the tenant's storage on purpose: an object that is restored to an earlier state cannot take its witness with it.
 *
 * INVARIANT: check and persist are one synchronous step, and what is answered was stored first; so two checkpoints
 * that do not extend one another are never both accepted, whatever crashes in between.
 */
import { DurableObject } from 'cloudflare:workers';
import { fromBase64 } from '../core/bytes.ts';
import { verifyConsistency } from '../core/ledger/merkle.ts';

export interface WitnessHead {
  readonly size: number;
  /** Base64 of the 32-byte root. */
  readonly root: string;
  /** Seconds since the epoch when it was witnessed; the timestamp of the cosignature. */
  readonly witnessedAt: number;
}

/** The statuses of C2SP tlog-witness: 200 accepted, 409 another size is known, 422 the proof does not hold. */
export type WitnessReply =
  | { readonly status: 200; readonly head: WitnessHead }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 422 };

export interface WitnessRequest {
  /** The size the caller believes was witnessed last. */
  readonly oldSize: number;
  readonly size: number;
  readonly root: string;
  readonly proof: readonly string[];
}

interface HeadRow {
  readonly [column: string]: SqlStorageValue;
  readonly size: number;
  readonly root: string;
  readonly witnessed_at: number;
}

const EMPTY: WitnessHead = { size: 0, root: '', witnessedAt: 0 };

/** From the empty tree there is nothing to prove; a log's first checkpoint is taken as it is. */
const extendsTree = (last: WitnessHead, request: WitnessRequest): boolean => {
  const newRoot = fromBase64(request.root);
  const oldRoot = fromBase64(last.root);
  const proof = request.proof.map(fromBase64);
  if (newRoot?.length !== 32 || oldRoot === undefined || !proof.every((hash) => hash !== undefined)) return false;
  return last.size === 0 ? proof.length === 0 : verifyConsistency(last.size, request.size, oldRoot, newRoot, proof);
};

export class Witness extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, root TEXT NOT NULL, witnessed_at INTEGER NOT NULL)',
    );
  }

  head(): WitnessHead {
    const row = this.ctx.storage.sql.exec<HeadRow>('SELECT size, root, witnessed_at FROM head').toArray()[0];
    return row === undefined ? EMPTY : { size: row.size, root: row.root, witnessedAt: row.witnessed_at };
  }

  /** Takes a checkpoint whose log signature the caller has verified. `nowSeconds` is the caller's clock. */
  extend(request: WitnessRequest, nowSeconds: number): WitnessReply {
    const last = this.head();
    if (request.oldSize !== last.size) return { status: 409, size: last.size };
    if (request.size === last.size && last.size > 0) {
      const isSame = request.root === last.root && request.proof.length === 0;
      return isSame ? { status: 200, head: last } : { status: 422 };
    }
    if (request.size < last.size || request.size < 1) return { status: 422 };
    if (!extendsTree(last, request)) return { status: 422 };
    const head = { size: request.size, root: request.root, witnessedAt: Math.max(nowSeconds, last.witnessedAt) };
    // Stored before it is answered: a crash after this line loses an answer, never a promise.
    this.ctx.storage.sql.exec(
      `INSERT INTO head (id, size, root, witnessed_at) VALUES (0, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, witnessed_at = excluded.witnessed_at`,
      head.size,
      head.root,
      head.witnessedAt,
    );
    return { status: 200, head };
  }
}
