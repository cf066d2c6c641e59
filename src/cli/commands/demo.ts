/**
 * `guildhall demo`: the research pipeline of five workers under one correlation id, then the four ways in which such
 * systems fail, each ending in something with a name and a receipt.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { sha256Hex } from '../../core/hash.ts';
import type { JsonObject } from '../../core/json.ts';
import { PIPELINE } from '../demo-content.ts';
import { type Command, EXIT, json, readArgs, UsageError } from './command.ts';
import { type Answer, findHall, HALL_OPTIONS, HALL_USAGE, type Hall, isRefused } from './hall.ts';
import { bad, bold, dim, good, headline, rows, table } from './paint.ts';

interface Step {
  readonly capability_id: string;
  readonly worker_id: string;
  readonly blast_sum: number;
  readonly blast_chain_sum: number;
  readonly decision_id: string;
  readonly receipt_id: string;
  readonly outcome: string;
  readonly outcome_receipt_id: string;
}

interface FailureShown {
  readonly pattern: string;
  readonly named: string;
  readonly detail: string;
  readonly receipt_id: string | null;
  readonly as_expected: boolean;
}

const COMMON = { env: 'prod', data_label: 'INTERNAL', tenant_risk: 'low', qos_class: 'P2', tenant_id: 'acme-research' };
const DEADLINE_S = 1;
const PATIENCE_MS = 60_000;

export const demo: Command = {
  usage: `guildhall demo [--json]

Runs the research pipeline (fetch, chunk, embed, hash, register) with one correlation id, every step routed, started and
completed; then the four failure patterns. For a Hall with the demo's workers and rules, and a test key: to show a silent
worker without a wait of minutes, the tenant's outcome deadline is ${DEADLINE_S} s for a moment, and every other dispatch that is
open then counts as silent too.

  --json      the results as JSON
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values } = readArgs(args, { ...HALL_OPTIONS, json: { type: 'boolean' } });
    const hall = findHall(values, at.env);
    if (!hall.key.startsWith('guild_test_')) throw new UsageError('the demo runs with a test key only');
    const correlationId = randomUUID();
    const steps: Step[] = [];
    for (const capability of PIPELINE) steps.push(await runStep(hall, capability, correlationId));
    const failures = [
      await blastAccident(hall),
      await silentFailure(hall),
      await hallucinated(hall),
      await unqualified(hall),
    ];
    const sums = steps.map(({ blast_chain_sum: sum }) => sum);
    const ok = sums.join() === '1,1,2,2,4' && failures.every((failure) => failure.as_expected);
    if (values.json === true) at.out(json({ ok, correlation_id: correlationId, steps, failures }));
    else at.out(shown(correlationId, steps, failures));
    return ok ? EXIT.ok : EXIT.failed;
  },
};

const ask = async (hall: Hall, method: string, path: string, body?: object): Promise<JsonObject> => {
  const answer = await hall.ask(method, path, body === undefined ? undefined : JSON.stringify(body));
  if (isRefused(answer)) throw new UsageError(`${method} ${path} was refused: ${nameOf(answer)}`);
  return answer.value;
};

const nameOf = ({ status, value }: Answer): string => `${status} ${String(value.code ?? '')}`.trimEnd();
const receiptIdOf = (reply: JsonObject): string =>
  String((reply.evidence_receipt as JsonObject | undefined)?.receipt_id);

const runStep = async (hall: Hall, capability: string, correlationId: string): Promise<Step> => {
  const decision = await ask(hall, 'POST', '/wcp/route', {
    ...COMMON,
    capability_id: capability,
    correlation_id: correlationId,
  });
  if (decision.outcome !== 'DISPATCH') {
    throw new UsageError(
      `${capability} was not dispatched (${String(decision.deny_code)}): is this a Hall with the demo's rules?`,
    );
  }
  const id = String(decision.decision_id);
  await ask(hall, 'POST', `/wcp/dispatches/${id}/start`, { grant: decision.dispatch_grant });
  const result = { result_hash: `sha256:${sha256Hex(`${capability} of ${correlationId}`)}` };
  const done = await ask(hall, 'POST', `/wcp/dispatches/${id}/complete`, result);
  return {
    capability_id: capability,
    worker_id: String(decision.worker_id),
    blast_sum: Number(decision.blast_sum),
    blast_chain_sum: Number(decision.blast_chain_sum),
    decision_id: id,
    receipt_id: receiptIdOf(decision),
    outcome: String(done.outcome),
    outcome_receipt_id: receiptIdOf(done),
  };
};

/** Routes once and says what became of it. */
const denied = async (
  hall: Hall,
  pattern: string,
  code: string,
  question: object,
  detailOf: (decision: JsonObject) => string,
) => {
  const decision = await ask(hall, 'POST', '/wcp/route', { ...COMMON, ...question });
  const named = String(decision.deny_code ?? decision.outcome);
  return { pattern, named, detail: detailOf(decision), receipt_id: receiptIdOf(decision), as_expected: named === code };
};

const blastAccident = (hall: Hall): Promise<FailureShown> =>
  denied(
    hall,
    'blast accident',
    'DENY_REQUIRES_HUMAN',
    { capability_id: 'cap.db.migrate', blast_score: 95 },
    (decision) => `a migration in prod with blast ${String(decision.blast_score)}: ${String(decision.reason)}`,
  );

const hallucinated = (hall: Hall): Promise<FailureShown> =>
  denied(hall, 'hallucinated call', 'DENY_NO_MATCHING_RULE', { capability_id: 'cap.doc.summarise' }, (decision) => {
    const { did_you_mean: hints } = (decision.deny_reason_if_denied ?? {}) as JsonObject;
    const near = Array.isArray(hints) && hints.length > 0 ? `; near: ${hints.join(', ')}` : '';
    return `cap.doc.summarise: ${String(decision.reason)}${near}`;
  });

const unqualified = (hall: Hall): Promise<FailureShown> =>
  denied(
    hall,
    'unqualified worker',
    'DENY_MISSING_REQUIRED_CONTROLS',
    { capability_id: 'cap.ops.deploy' },
    (decision) => {
      const { missing } = (decision.deny_reason_if_denied ?? {}) as JsonObject;
      return `no worker for cap.ops.deploy has ${Array.isArray(missing) ? missing.join(', ') : 'the controls'}`;
    },
  );

/** The worker redeems its grant and is never heard of again; a retry with the same grant gets nowhere. */
const silentFailure = async (hall: Hall): Promise<FailureShown> => {
  const { settings } = await ask(hall, 'GET', '/v1/settings');
  const before = (settings as JsonObject).outcome_deadline_s;
  await ask(hall, 'PATCH', '/v1/settings', { outcome_deadline_s: DEADLINE_S });
  try {
    const decision = await ask(hall, 'POST', '/wcp/route', { ...COMMON, capability_id: 'cap.web.fetch' });
    const id = String(decision.decision_id);
    const grant = JSON.stringify({ grant: decision.dispatch_grant });
    await hall.ask('POST', `/wcp/dispatches/${id}/start`, grant);
    const again = await hall.ask('POST', `/wcp/dispatches/${id}/start`, grant);
    const missing = await outcomeMissing(hall, id);
    return {
      pattern: 'silent failure',
      named: missing === null ? 'nothing recorded' : 'outcome_missing',
      detail: `no outcome by the deadline, so the silence is an entry; the retry was refused: ${nameOf(again)}`,
      receipt_id: missing,
      as_expected: missing !== null && again.value.code === 'grant_already_redeemed',
    };
  } finally {
    await ask(hall, 'PATCH', '/v1/settings', { outcome_deadline_s: before });
  }
};

/** The receipt of the entry that records the silence, once the Hall has noticed it. */
const outcomeMissing = async (hall: Hall, decisionId: string): Promise<string | null> => {
  let from = Number.parseInt(decisionId.slice(-12), 16) + 1;
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const { entries } = await ask(hall, 'GET', `/v1/ledger/entries?from=${from}&limit=200`);
    const list = Array.isArray(entries) ? (entries as readonly JsonObject[]) : [];
    for (const { seq, type, body, receipt_id: id } of list) {
      if (type === 'wcp.dispatch.outcome_missing' && (body as JsonObject).decision_id === decisionId) return String(id);
      from = Number(seq) + 1;
    }
    if (list.length === 0) await setTimeout(200);
  }
  return null;
};

const shown = (correlationId: string, steps: readonly Step[], failures: readonly FailureShown[]): string => {
  const lines = steps.map((step) => [
    step.capability_id,
    step.worker_id,
    String(step.blast_sum),
    String(step.blast_chain_sum),
    step.receipt_id,
    step.outcome,
  ]);
  return [
    headline(good('✓'), `${bold('Research pipeline')}  ${dim(`correlation ${correlationId}`)}`),
    table([['capability', 'worker', 'blast', 'chain', 'receipt', 'outcome'], ...lines]),
    `\n${bold('Four failures, each with a name and a receipt')}\n\n`,
    ...failures.map(
      ({ pattern, named, detail, receipt_id: receipt, as_expected: expected }) =>
        `  ${expected ? good('✓') : bad('✗')} ${bold(pattern.padEnd(19))} ${named}\n${rows([
          ['', detail],
          ['', dim(`receipt ${receipt ?? 'none'}`)],
        ])}`,
    ),
  ].join('');
};
