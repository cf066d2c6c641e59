/**
 * Carries checkpoints from a log to its witness and back (DESIGN §6): neither object calls the other. A
 * checkpoint without the witness's cosignature is never published.
 */

import { fromBase64 } from '../core/bytes.ts';
import { type LogId, NETWORK_LOG } from '../core/ids.ts';
import {
  assembleNote,
  checkpointMessage,
  checkpointText,
  cosignatureLine,
  cosignatureMessage,
  logSignatureLine,
} from '../core/ledger/checkpoint.ts';
import { verifyEd25519 } from '../keys/ring.ts';
import type { CheckpointDraft, EntryProof } from '../ledger/anchor.ts';
import type { Deps, LogStub } from './deps.ts';

export const originOf = (deps: Pick<Deps, 'logOrigin'>, log: LogId): string => `${deps.logOrigin}/${log}`;
export const witnessNameOf = (deps: Pick<Deps, 'logOrigin'>): string => `${deps.logOrigin}/witness`;

const stubOf = (deps: Deps, log: LogId): LogStub => (log === NETWORK_LOG ? deps.network() : deps.tenant(log));

/** Shows an object the last head that its witness saw. False: the witness could not be reached. */
export const anchor = async (deps: Deps, log: LogId): Promise<boolean> => {
  const head = await deps.witness(log).head().catch(unreachable);
  if (head === null) return false;
  await stubOf(deps, log).anchor({ size: head.size, root: head.root });
  return true;
};

/** The entries are committed; only their checkpoint has to wait for the next courier. */
const unreachable = (error: unknown): null => {
  console.error(JSON.stringify({ level: 'error', at: 'witness', error: String(error) }));
  return null;
};

const ATTEMPTS = 3;
/** While others still wait for a proof, the courier goes again; beyond this somebody else will. */
const ROUNDS = 200;

/**
 * Signs the current tree head, has it witnessed, publishes it. Null: the witness could not be reached or refused, and
 * nothing was published; the entries stay committed and the next caller tries again.
 */
export const publishCheckpoint = async (
  deps: Deps,
  log: LogId,
  seqs: readonly number[],
): Promise<readonly EntryProof[] | null> => {
  const done = await publishOnce(deps, log, seqs).catch(unreachable);
  if (done === null) return null;
  if (done.more) deps.later(publishWhileWanted(deps, log));
  return done.proofs;
};

/** Publishes after a pause, when the reply has long been sent. */
export const publishSoon = (deps: Deps, log: LogId, afterMs: number): void => {
  deps.later((afterMs > 0 ? deps.sleep(afterMs) : Promise.resolve()).then(() => publishWhileWanted(deps, log)));
};

const publishWhileWanted = async (deps: Deps, log: LogId): Promise<void> => {
  for (let round = 0; round < ROUNDS; round++) {
    const done = await publishOnce(deps, log, []);
    if (done === null || !done.more) return;
  }
};

const publishOnce = async (
  deps: Deps,
  log: LogId,
  seqs: readonly number[],
): Promise<{ readonly proofs: readonly EntryProof[]; readonly more: boolean } | null> => {
  const stub = stubOf(deps, log);
  let oldSize: number | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const draft = await stub.checkpointDraft(oldSize);
    if (draft === null) return stub.checkpointPublished(0, '', seqs);
    const witnessed = await witness(deps, log, draft);
    if (witnessed.status === 200) return stub.checkpointPublished(draft.size, witnessed.note, seqs);
    if (witnessed.status === 422) {
      await anchor(deps, log);
      return null;
    }
    oldSize = witnessed.size;
  }
  return null;
};

type Witnessed =
  | { readonly status: 200; readonly note: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 422 };

/** The witness's own side: checks the log's signature, lets its object check and persist, and only then cosigns. */
const witness = async (deps: Deps, log: LogId, draft: CheckpointDraft): Promise<Witnessed> => {
  const root = fromBase64(draft.root);
  if (root === undefined) return { status: 422 };
  const origin = originOf(deps, log);
  const key = deps.ring.active('log');
  const text = checkpointText({ origin, size: draft.size, root });
  const signature = key.sign(checkpointMessage(text));
  if (!verifyEd25519(key.rawPublic, checkpointMessage(text), signature)) return { status: 422 };
  const { oldSize, size, proof } = draft;
  const nowSeconds = Math.floor(deps.nowMs() / 1000);
  const reply = await deps.witness(log).extend({ oldSize, size, root: draft.root, proof }, nowSeconds);
  if (reply.status !== 200) return reply;
  const cosigner = deps.ring.active('witness');
  const { witnessedAt } = reply.head;
  const note = assembleNote(text, [
    logSignatureLine(origin, key.rawPublic, signature),
    cosignatureLine(
      witnessNameOf(deps),
      cosigner.rawPublic,
      witnessedAt,
      cosigner.sign(cosignatureMessage(text, witnessedAt)),
    ),
  ]);
  return { status: 200, note };
};
