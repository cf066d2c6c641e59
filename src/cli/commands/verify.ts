/** `guildhall verify`: offline, with pinned keys; says what was checked, or names the first bad place. */
import { isProofFile, type ReceiptHolds, verifyReceipts } from '../../core/ledger/verify-text.ts';
import { verifyEd25519 } from '../../keys/ring.ts';
import { type Command, readArgs, UsageError } from './command.ts';
import { openInput, readText } from './input.ts';
import { NO_KEYS, pinnedKeys } from './pinned-keys.ts';
import { verifyExport } from './verify-export.ts';
import { printJson, printText } from './verify-report.ts';
import { judgeStatement, statementIn } from './verify-statement.ts';

const OPTIONS = {
  keys: { type: 'string' },
  entry: { type: 'string' },
  replay: { type: 'boolean' },
  'require-proof': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const verify: Command = {
  usage: `guildhall verify <file|-> [--keys jwks.json] [--replay] [--json]

Checks a receipt, an export or an attestation statement, offline. The file may hold a decision, an evidence receipt, a signed entry (one or a list),
or the NDJSON of /v1/ledger/export; a tlog-proof with --entry. Exit code 0: all holds; 1: the first bad place is named.

  --keys FILE      a JWK Set saved from /.well-known/jwks.json; without it, that of the local demo
  --replay         for an export: also compute every decision again and compare
  --entry FILE     the receipt that the tlog-proof in <file> is of
  --require-proof  for a receipt: fail unless it brings a proof that the ledger holds it
  --json           the verdict as JSON`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const [path] = positionals;
    if (path === undefined) throw new UsageError('what is to be verified? Give a file, or - for standard input');
    const pinned = pinnedKeys(values.keys, at.env);
    const input = await openInput(path, at);
    const print = values.json === true ? printJson : printText;
    if (input.kind === 'lines') {
      const verdict = await verifyExport(input.chunks, pinned, values.replay === true);
      return print(at, verdict.ok ? { kind: 'export', verdict } : { kind: 'failure', verdict }, pinned);
    }
    const statement = statementIn(input.text);
    if (statement !== null) return judgeStatement(statement, pinned, at, values.json === true);
    const isProof = isProofFile(input.text);
    if (isProof && values.entry === undefined)
      throw new UsageError('a tlog-proof is of a receipt: give that with --entry');
    if (!isProof && values.entry !== undefined)
      throw new UsageError(`${path} is no tlog-proof, which --entry asks for`);
    if (pinned === null) {
      return print(at, { kind: 'failure', verdict: { ok: false, label: 'key_untrusted', detail: NO_KEYS } }, pinned);
    }
    const verdicts =
      values.entry === undefined
        ? verifyReceipts(input.text, pinned.keys, verifyEd25519)
        : verifyReceipts(await readText(values.entry, at), pinned.keys, verifyEd25519, input.text);
    const holding: ReceiptHolds[] = [];
    for (const verdict of verdicts) {
      if (!verdict.ok) return print(at, { kind: 'failure', verdict }, pinned);
      if (verdict.checkpoint === null && values['require-proof'] === true) {
        const detail = 'the receipt brings no proof that the ledger holds it';
        return print(
          at,
          { kind: 'failure', verdict: { ok: false, label: 'checkpoint_invalid', seq: verdict.entry.seq, detail } },
          pinned,
        );
      }
      holding.push(verdict);
    }
    return print(at, { kind: 'receipts', verdicts: holding }, pinned);
  },
};
