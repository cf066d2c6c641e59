/** Verifies an export while it streams by (FORMATS.md, section 9), and replays its decisions when asked to. */
import { LineSplitter } from '../../core/ledger/lines.ts';
import { type LedgerSummary, LedgerVerifier } from '../../core/ledger/verifier.ts';
import { verifyEd25519 } from '../../keys/ring.ts';
import { NO_KEYS, type PinnedKeys } from './pinned-keys.ts';
import { ExportReplay, type ReplayFailure } from './replay-export.ts';

export interface ExportHolds {
  readonly ok: true;
  readonly summary: LedgerSummary;
  /** Decisions that were computed again; null when that was not asked for. */
  readonly replayed: number | null;
}

export interface ExportFails {
  readonly ok: false;
  readonly label: string;
  readonly line?: number;
  readonly seq?: number;
  readonly detail: string;
  readonly decision_id?: string;
}

export type ExportVerdict = ExportHolds | ExportFails;

export const verifyExport = async (
  chunks: AsyncIterable<Uint8Array>,
  pinned: PinnedKeys | null,
  withReplay: boolean,
): Promise<ExportVerdict> => {
  const verifier = new LedgerVerifier({ verifyEd25519, ...(pinned === null ? {} : { keys: pinned.keys }) });
  const splitter = new LineSplitter();
  const replay = withReplay ? new ExportReplay() : null;
  for await (const chunk of chunks) {
    const failure = verifier.feed(chunk);
    if (failure !== undefined) return failure;
    if (replay === null) continue;
    for (const line of splitter.push(chunk)) replay.line(line);
  }
  const verdict = verifier.finish();
  if (!verdict.ok)
    return verdict.label === 'key_untrusted' && pinned === null ? { ...verdict, detail: NO_KEYS } : verdict;
  const replayFailure: ReplayFailure | undefined = replay?.failure;
  if (replayFailure !== undefined) return { ok: false, ...replayFailure };
  return { ok: true, summary: verdict.summary, replayed: replay?.decisions ?? null };
};
