/** What `guildhall verify` says, for people and as JSON: what was checked, who vouches for it, or the first bad place. */
import { fromHex, toBase64 } from '../../core/bytes.ts';
import type { Cosigned } from '../../core/ledger/checkpoint.ts';
import type { SignedEntry } from '../../core/ledger/entry.ts';
import type { ReceiptHolds } from '../../core/ledger/verify-text.ts';
import { EXIT, json, type Surroundings } from './command.ts';
import { bad, bold, count, dim, good, headline, isoOfMicros, isoOfSeconds, type Row, rows, wait } from './paint.ts';
import type { PinnedKeys } from './pinned-keys.ts';
import type { ExportFails, ExportHolds } from './verify-export.ts';

export type VerifyResult =
  | { readonly kind: 'export'; readonly verdict: ExportHolds }
  | { readonly kind: 'receipts'; readonly verdicts: readonly ReceiptHolds[] }
  | { readonly kind: 'failure'; readonly verdict: ExportFails };

export const printJson = (at: Surroundings, result: VerifyResult, pinned: PinnedKeys | null): number => {
  const keys = pinned?.source ?? null;
  if (result.kind === 'failure') {
    const { label, line, seq, decision_id, detail } = result.verdict;
    at.out(json({ ok: false, label, line, seq, decision_id, detail, keys }));
    return EXIT.failed;
  }
  if (result.kind === 'export') {
    const { summary, replayed } = result.verdict;
    const cosigned = summary.cosigned.map(cosignedJson);
    at.out(json({ ok: true, kind: 'export', ...summary, cosigned, replayed, keys }));
    return EXIT.ok;
  }
  const receipts = result.verdicts.map(({ entry, checkpoint }) => ({
    tenant: entry.tenant,
    seq: entry.seq,
    type: entry.type,
    receipt_id: entry.receipt_id,
    receipt_hash: entry.receipt_hash,
    signing_key_id: entry.signing_key_id,
    proof: checkpoint && {
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: toBase64(checkpoint.root),
      cosigned: checkpoint.cosigned.map(cosignedJson),
    },
  }));
  at.out(json({ ok: true, kind: 'receipt', receipts, keys }));
  return EXIT.ok;
};

const cosignedJson = ({ name, timestamp }: Cosigned) => ({ name, time: isoOfSeconds(timestamp) });

export const printText = (at: Surroundings, result: VerifyResult, pinned: PinnedKeys | null): number => {
  if (result.kind === 'failure') return printFailure(at, result.verdict, pinned);
  if (result.kind === 'export') printExport(at, result.verdict, pinned);
  else if (result.verdicts.length === 1) for (const verdict of result.verdicts) printReceipt(at, verdict, pinned);
  else printReceipts(at, result.verdicts, pinned);
  return EXIT.ok;
};

const printFailure = (at: Surroundings, verdict: ExportFails, pinned: PinnedKeys | null): number => {
  const { label, line, seq, decision_id: decision, detail } = verdict;
  const place = [line === undefined ? '' : `line ${line}`, seq === undefined ? '' : `seq ${seq}`].filter(
    (part) => part !== '',
  );
  at.out(headline(bad('✗'), `${bad(label)}  ${bold(place.join(', '))}`.trimEnd()));
  at.out(`  ${detail}\n`);
  if (decision !== undefined) at.out(`  decision ${decision}\n`);
  if (place.length > 0 && line !== undefined)
    at.out(`  ${dim('This is the first bad place; what follows it was not judged.')}\n`);
  if (pinned !== null) at.out(`\n${rows([['Keys', pinned.source]])}`);
  return EXIT.failed;
};

const printExport = (at: Surroundings, { summary, replayed }: ExportHolds, pinned: PinnedKeys | null): void => {
  const { tenant, origin, entries, contents, checkpoints, cosigned, root, dispatched, open, outcomesMissing } = summary;
  const list: Row[] = [
    ['Entries', `${entries.toLocaleString('en')}, chain unbroken, every hash and signature right`],
    ['Contents', count(contents, 'document')],
    ['Tree', `size ${entries}, root ${toBase64(fromHex(root) ?? new Uint8Array())}`],
    ['Checkpoints', `${count(checkpoints, 'checkpoint')} by ${origin}, the last over all entries`],
    ...witnessRows(origin, cosigned),
    [
      'Dispatches',
      `${dispatched} made, ${open} without outcome${outcomesMissing > 0 ? `, ${outcomesMissing} recorded as silent` : ''}`,
    ],
    ...(replayed === null
      ? []
      : [['Replay', `${count(replayed, 'decision')} computed again, byte for byte the same`] as const]),
    ['Keys', pinned?.source ?? ''],
  ];
  at.out(headline(good('✓'), `${bold(tenant)} holds: nothing is missing, moved or changed up to entry ${entries}`));
  at.out(rows(list));
};

const printReceipt = (at: Surroundings, { entry, checkpoint }: ReceiptHolds, pinned: PinnedKeys | null): void => {
  const proof: Row[] =
    checkpoint === null
      ? [
          [
            'Tree',
            dim(
              `not shown: this receipt brings no proof (ask with "Prefer: proof", or GET /v1/ledger/proofs/${entry.seq})`,
            ),
          ],
        ]
      : [
          ['Tree', `entry ${entry.seq} of ${checkpoint.size}, root ${toBase64(checkpoint.root)}`],
          ['Checkpoint', `signed by ${checkpoint.origin}`],
          ...witnessRows(checkpoint.origin, checkpoint.cosigned),
        ];
  at.out(headline(good('✓'), whatHappened(entry)));
  at.out(
    rows([
      ['Receipt', `${entry.receipt_id}, entry ${entry.seq} of ${entry.tenant}, ${isoOfMicros(entry.ts)}`],
      ['Hash', `${entry.receipt_hash}`],
      ['Signature', `right, by ${entry.signing_key_id}`],
      ...proof,
      ['Keys', pinned?.source ?? ''],
    ]),
  );
};

const printReceipts = (at: Surroundings, verdicts: readonly ReceiptHolds[], pinned: PinnedKeys | null): void => {
  const proved = verdicts.filter(({ checkpoint }) => checkpoint !== null).length;
  at.out(headline(good('✓'), `${count(verdicts.length, 'receipt')} hold`));
  at.out(rows(verdicts.map(({ entry }) => [`seq ${entry.seq}`, whatHappened(entry)])));
  at.out(
    `\n${rows([
      ['Signatures', 'all right'],
      ['Proofs', `${proved} of ${verdicts.length} brought one`],
      ['Keys', pinned?.source ?? ''],
    ])}`,
  );
};

const whatHappened = ({ type, body }: SignedEntry): string => {
  const subject = [body.capability_id, body.worker_id].filter((part) => typeof part === 'string').join(' → ');
  if (type !== 'wcp.decision') return `${bold(type)}  ${subject}`.trimEnd();
  const outcome = String(body.outcome);
  const shown = outcome === 'DISPATCH' ? good(outcome) : outcome === 'DENY' ? bad(outcome) : wait(outcome);
  const code = typeof body.deny_code === 'string' ? `  ${body.deny_code}` : '';
  return `${shown}  ${bold(subject)}${code}`;
};

/** A witness under the log's own name is run by whoever runs the log; of any other we cannot know. */
const witnessRows = (origin: string, cosigned: readonly Cosigned[]): Row[] => {
  if (cosigned.length === 0) return [['Cosigned', wait('by nobody: this is the word of the log alone')]];
  const [operator] = origin.split('/', 1);
  const own = cosigned.filter(({ name }) => name.split('/', 1)[0] === operator);
  const remark =
    own.length === cosigned.length
      ? 'the operator runs this witness: it is not independent'
      : 'a witness counts as independent only if somebody else runs it';
  return [
    [
      'Cosigned',
      `by ${cosigned.map(({ name, timestamp }) => `${name}, ${isoOfSeconds(timestamp)}`).join('\n')}\n${dim(remark)}`,
    ],
  ];
};
