/** Reading the ledger: signed entries, proofs, checkpoints, and the export that anyone can verify. */
import { fromBase64Url, utf8 } from '../core/bytes.ts';
import { type LogId, NETWORK_LOG } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { parseCheckpointText, parseNote } from '../core/ledger/checkpoint.ts';
import { signedEntryText } from '../core/ledger/entry.ts';
import { ExportWriter } from '../core/ledger/export.ts';
import { type PublicKeyJwk, publicKeyJwk } from '../core/ledger/trust.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { EntryProof } from '../ledger/anchor.ts';
import type { KeptContent } from '../ledger/contents.ts';
import type { LedgerQuery, Recorded } from '../ledger/reading.ts';
import type { Query } from '../tenant/queries.ts';
import { type Caller, counted } from './caller.ts';
import { anchor, originOf, publishCheckpoint, witnessNameOf } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { evidenceReceipt, signReceipt, tlogProofText } from './receipt.ts';
import { withCredential } from './vouching.ts';

export const ask = (deps: Deps, caller: Caller, query: Query): Promise<Result<JsonObject, Refusal>> =>
  withCredential(deps, caller, (credential) => deps.tenant(caller.tenant).ask(credential, query));

/** A ledger as it is read here: whose it is, and who answers. */
export interface Readable {
  readonly id: LogId;
  readonly ask: (query: LedgerQuery) => Promise<Result<JsonObject, Refusal>>;
}

/** The caller's. Whatever it takes to answer one request counts against the rate limits once. */
export const ledgerOf = (deps: Deps, caller: Caller): Readable => {
  let next = caller;
  return {
    id: caller.tenant,
    ask: (query) => {
      const asking = next;
      next = counted(caller);
      return ask(deps, asking, query);
    },
  };
};

/** The network's own, which is open to everybody. */
export const networkLedger = (deps: Deps): Readable => ({
  id: NETWORK_LOG,
  ask: (query) => deps.network().read(query),
});

const signed = (deps: Deps, record: Recorded): string =>
  signedEntryText(record.text, record.receiptHash, signReceipt(record, deps.ring));

/** A page of signed entries as JSON text. */
export const entries = async (
  deps: Deps,
  ledger: Readable,
  from: number,
  limit: number,
): Promise<Result<string, Refusal>> => {
  const answer = await ledger.ask({ kind: 'entries', from, limit });
  if (!answer.ok) return answer;
  const { records, size } = answer.value as unknown as { records: readonly Recorded[]; size: number };
  const next = from + records.length;
  const cursor = records.length > 0 && next <= size ? `"${next}"` : 'null';
  return ok(
    `{"entries":[${records.map((record) => signed(deps, record)).join(',')}],"count":${records.length},"size":${size},"next_cursor":${cursor}}`,
  );
};

/** The receipt of one entry, with its proof once a checkpoint covers it. */
export const receipt = async (deps: Deps, ledger: Readable, id: string): Promise<Result<JsonObject, Refusal>> => {
  const answer = await ledger.ask({ kind: 'entry', id });
  if (!answer.ok) return answer;
  const { record } = answer.value as unknown as { record: Recorded };
  const proof = await proofOf(ledger, String(record.seq));
  if (!proof.ok) return proof;
  return ok(evidenceReceipt(record, deps.ring, proof.value ?? undefined));
};

/** The tlog-proof of one entry; publishes a checkpoint first where none covers it yet. */
export const proof = async (deps: Deps, ledger: Readable, id: string): Promise<Result<string, Refusal>> => {
  const known = await proofOf(ledger, id);
  if (!known.ok) return known;
  if (known.value !== null) return ok(tlogProofText(known.value));
  await anchor(deps, ledger.id);
  await publishCheckpoint(deps, ledger.id, []);
  const made = await proofOf(ledger, id);
  if (!made.ok) return made;
  return made.value === null ? err(refusal('ledger_unwitnessed')) : ok(tlogProofText(made.value));
};

const proofOf = async (ledger: Readable, id: string): Promise<Result<EntryProof | null, Refusal>> => {
  const answer = await ledger.ask({ kind: 'proof', id });
  return answer.ok ? ok((answer.value as unknown as { proof: EntryProof | null }).proof) : answer;
};

export const checkpoint = async (ledger: Readable): Promise<Result<string, Refusal>> => {
  const answer = await ledger.ask({ kind: 'checkpoint' });
  return answer.ok ? ok((answer.value as unknown as { note: string }).note) : answer;
};

const PAGE = 500;

/**
 * The whole ledger as NDJSON (canonical JSON lines): header with keys, contents, signed entries, checkpoints, end. The
 * size is fixed at the start, by a checkpoint that is published first, so the file ends with proof of completeness.
 */
export const exportLedger = async (
  deps: Deps,
  ledger: Readable,
): Promise<Result<ReadableStream<Uint8Array>, Refusal>> => {
  const probe = await ledger.ask({ kind: 'entries', from: 1, limit: 1 });
  if (!probe.ok) return probe;
  // The network's before its first ban or namespace: there is no tree yet that anybody could sign.
  if ((probe.value as unknown as { size: number }).size === 0) return err(refusal('not_found'));
  await anchor(deps, ledger.id);
  await publishCheckpoint(deps, ledger.id, []);
  // What committed since that checkpoint is for the next export: no tree that somebody signed has it yet.
  const latest = await checkpoint(ledger);
  if (!latest.ok) return err(refusal('ledger_unwitnessed'));
  const size = parseCheckpointText(parseNote(latest.value)?.text ?? '')?.size ?? 0;
  const lines = exportLines(deps, ledger, size);
  return ok(
    new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const next = await lines.next();
        if (next.done === true) controller.close();
        else controller.enqueue(utf8(next.value));
      },
    }),
  );
};

async function* exportLines(deps: Deps, ledger: Readable, size: number): AsyncGenerator<string> {
  const writer = new ExportWriter();
  const page = async <T>(query: LedgerQuery): Promise<T> => {
    const answer = await ledger.ask(query);
    // The reply has begun: what can still be said is that it is not whole. Without its last line no verifier takes it.
    if (!answer.ok) throw new Error(`the export broke off: ${answer.error.code}`);
    return answer.value as T;
  };
  yield writer.header({ tenant: ledger.id, origin: originOf(deps, ledger.id), to: size, keys: exportKeys(deps) });
  for (let after = ''; ; ) {
    const { contents } = await page<{ contents: readonly KeptContent[] }>({ kind: 'content.page', after });
    const last = contents.at(-1);
    if (last === undefined) break;
    yield contents.map(({ hash, text }) => writer.content(hash, text)).join('');
    after = last.hash;
  }
  for (let from = 1; from <= size; from += PAGE) {
    const limit = Math.min(PAGE, size - from + 1);
    const { records } = await page<{ records: readonly Recorded[] }>({ kind: 'entries', from, limit });
    yield records.map((record) => writer.entry(signed(deps, record))).join('');
  }
  for (let after = 0; after < size; ) {
    const { checkpoints } = await page<{ checkpoints: readonly { readonly size: number; readonly note: string }[] }>({
      kind: 'checkpoints',
      after,
      limit: PAGE,
    });
    for (const { size: at, note } of checkpoints) if (at <= size) yield writer.checkpoint(note);
    after = checkpoints.at(-1)?.size ?? size;
  }
  yield writer.end();
}

/** Grants are no part of the ledger: their key stays out. */
const exportKeys = (deps: Deps): PublicKeyJwk[] =>
  deps.ring.jwks.keys.flatMap(({ x, use }) => {
    const publicKey = fromBase64Url(x);
    if (use === 'sig' || publicKey === undefined) return [];
    return [publicKeyJwk(use, publicKey, use === 'witness' ? witnessNameOf(deps) : undefined)];
  });
