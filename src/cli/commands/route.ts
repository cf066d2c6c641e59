/** `guildhall route`: asks for a capability. The exit code is the verdict, so that a script can act on it. */
import { type JsonObject, parseJson } from '../../core/json.ts';
import { type Command, EXIT, readArgs, type Surroundings, UsageError } from './command.ts';
import { findHall, HALL_OPTIONS, HALL_USAGE, isRefused, refused } from './hall.ts';
import { readText } from './input.ts';
import { bad, bold, dim, good, headline, type Row, rows, wait } from './paint.ts';

/** Flag → member of the request. */
const MEMBERS = {
  capability: 'capability_id',
  env: 'env',
  'data-label': 'data_label',
  'tenant-risk': 'tenant_risk',
  qos: 'qos_class',
  'tenant-id': 'tenant_id',
  'correlation-id': 'correlation_id',
  worker: 'worker_id',
} as const;

const OPTIONS = {
  ...HALL_OPTIONS,
  capability: { type: 'string', short: 'c' },
  env: { type: 'string', short: 'e' },
  'data-label': { type: 'string' },
  'tenant-risk': { type: 'string' },
  qos: { type: 'string' },
  'tenant-id': { type: 'string' },
  'correlation-id': { type: 'string' },
  worker: { type: 'string' },
  'blast-score': { type: 'string' },
  'dry-run': { type: 'boolean' },
  proof: { type: 'boolean' },
  'idempotency-key': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const VERDICTS: Readonly<Record<string, { readonly exit: number; readonly paint: (text: string) => string }>> = {
  ALLOW: { exit: EXIT.ok, paint: good },
  ALLOW_WITH_CONSTRAINTS: { exit: EXIT.ok, paint: good },
  REQUIRE_APPROVAL: { exit: EXIT.approval, paint: wait },
  THROTTLE: { exit: EXIT.throttled, paint: wait },
  DENY: { exit: EXIT.deny, paint: bad },
};

export const route: Command = {
  usage: `guildhall route <json|@file|-> [options]
       guildhall route --capability cap.doc.summarize --env prod --data-label INTERNAL --tenant-risk low --qos P2 --tenant-id acme

Asks whether a capability may run now, and by which worker. Flags are added to the JSON and win over it.
Exit code 0: allowed (with constraints, if any, in the output); 10: denied; 11: a person has to approve; 12: throttled;
2: called wrongly; 3: no answer.

  -c, --capability, -e, --env, --data-label, --tenant-risk, --qos, --tenant-id, --correlation-id, --worker, --blast-score
  --dry-run               decide and record, dispatch nothing
  --proof                 wait for the proof that the ledger holds the receipt
  --idempotency-key KEY   the same key and request give the same bytes again
  --json                  the decision as it came, to keep and to verify
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const body = await requestBody(positionals[0], values, at);
    const headers = {
      ...(values.proof === true ? { prefer: 'proof' } : {}),
      ...(values['idempotency-key'] === undefined ? {} : { 'idempotency-key': values['idempotency-key'] }),
    };
    const answer = await findHall(values, at.env).ask('POST', '/wcp/route', body, headers);
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.json === true) at.out(`${answer.text}\n`);
    else at.out(decisionText(answer.value));
    return exitOf(answer.value);
  },
};

/** A verdict that we do not know is no permission. */
const exitOf = (decision: JsonObject): number => VERDICTS[String(decision.core_outcome)]?.exit ?? EXIT.deny;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

const requestBody = async (source: string | undefined, flags: Flags, at: Surroundings): Promise<string> => {
  const members: Record<string, unknown> = {};
  for (const [flag, member] of Object.entries(MEMBERS)) if (flags[flag] !== undefined) members[member] = flags[flag];
  if (flags['blast-score'] !== undefined) members.blast_score = numberIn('blast-score', String(flags['blast-score']));
  if (flags['dry-run'] === true) members.dry_run = true;
  const added = Object.keys(members).length > 0;
  if (source === undefined && !added) throw new UsageError('what is asked for? Give JSON, @file, - or --capability');
  if (source === undefined) return JSON.stringify(members);
  const text = await sourceText(source, at);
  // Sent as it is, so that what the Hall judges is what was written.
  if (!added) return text;
  const parsed = parseJson(text);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    throw new UsageError('the request is not one JSON object');
  }
  return JSON.stringify({ ...parsed.value, ...members });
};

const sourceText = async (source: string, at: Surroundings): Promise<string> => {
  if (source === '-') return readText('-', at);
  if (source.startsWith('@')) return readText(source.slice(1), at);
  if (!source.trimStart().startsWith('{'))
    throw new UsageError(`${source} is no JSON object; a file is written @${source}`);
  return source;
};

const numberIn = (flag: string, text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${flag} takes a number`);
  return value;
};

export const decisionText = (decision: JsonObject): string => {
  const { core_outcome: verdict, capability_id: capability, deny_code: code, dry_run: dryRun } = decision;
  const receipt = (decision.evidence_receipt ?? {}) as JsonObject;
  const paint = VERDICTS[String(verdict)]?.paint ?? bad;
  const subject = [capability, decision.worker_id].filter((part) => typeof part === 'string').join(' → ');
  const denial = (decision.deny_reason_if_denied ?? {}) as JsonObject;
  const hints = Array.isArray(denial.did_you_mean) ? denial.did_you_mean.join(', ') : '';
  const list: Row[] = [
    ['Reason', `${String(decision.reason)}${typeof code === 'string' ? ` (${code})` : ''}`],
    ['Stage', `${String(decision.stage)}, rule ${String(decision.matched_rule_id)}`],
    ['Blast', `${String(decision.blast_score)} of 100, chain ${String(decision.blast_chain_sum)}`],
    ...(hints === '' ? [] : [['Did you mean', hints] as const]),
    ...(decision.constraints === undefined ? [] : [['Constraints', JSON.stringify(decision.constraints)] as const]),
    ...(decision.retry_after_ms === undefined
      ? []
      : [['Retry after', `${String(decision.retry_after_ms)} ms`] as const]),
    ...(typeof decision.pending_approval_id === 'string' ? [['Approval', decision.pending_approval_id] as const] : []),
    ['Decision', String(decision.decision_id)],
    ['Receipt', `${String(receipt.receipt_id)}${receipt.tlog_proof === undefined ? '' : ', with proof'}`],
    ['Correlation', `${String(decision.correlation_id)}`],
  ];
  return headline(paint(String(verdict)), ` ${bold(subject)}${dryRun === true ? dim('  dry run') : ''}`) + rows(list);
};
