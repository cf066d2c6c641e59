/**
 * What a posture would change before it holds: the same questions decided twice, under the snapshot as it is and under
 * the one to come. Nothing is recorded and nothing changes. A question is made for every rule, environment and enrolled
 * worker that the rule lists, once at its mildest and once at its hardest, each with a signatory's token: whom the lack
 * of one would stop is counted apart, since that is up to who asks and not to rules and workers.
 */
import type { JsonObject } from '../json.ts';
import { wordsOf } from '../policy/match.ts';
import { restoreVelocity } from '../policy/velocity.ts';
import type { WorkerFact } from '../registry/worker.ts';
import { ENVS, type HallEnv } from '../vocabulary.ts';
import { decide } from './decide.ts';
import type { RouteDecision } from './decision.ts';
import { readRouteInput, type SignatoryEvidence } from './input.ts';
import type { CompiledRule } from './rules.ts';
import type { HallSnapshot } from './snapshot.ts';
import { clean } from './text.ts';

export interface PreviewOptions {
  /** Microseconds since the epoch. */
  readonly now: number;
  readonly maxQuestions: number;
}

/** `stopped`: whatever is asked; `sometimes`: only at its hardest. */
type Verdict = 'stopped' | 'held' | 'sometimes';

interface Finding {
  readonly ruleId: string;
  readonly env: HallEnv;
  readonly worker: WorkerFact;
  /** Null: as before. */
  readonly verdict: Verdict | null;
  /** Dispatched today without a signatory's token; then its lack is the first thing in the way. */
  readonly needsToken: boolean;
  readonly after: RouteDecision;
}

const TENANT = 'preview';
const VOUCHED: SignatoryEvidence = { kind: 'valid', tenant_id: TENANT };
const NO_TOKEN: SignatoryEvidence = { kind: 'none' };
/** Nothing was asked before. */
const COUNTERS = { chain: [], velocity: restoreVelocity(undefined) };

export const previewPosture = (before: HallSnapshot, after: HallSnapshot, options: PreviewOptions): JsonObject => {
  const findings: Finding[] = [];
  let questions = 0;
  let complete = true;
  for (const rule of before.rules?.compiled.rules ?? []) {
    const words = wordsOf(rule.match);
    for (const env of ENVS.filter((one) => words.env.includes(one))) {
      for (const worker of listed(rule, before)) {
        if (questions >= options.maxQuestions) {
          complete = false;
          continue;
        }
        questions++;
        const finding = compare(before, after, rule, env, worker, options.now);
        if (finding !== null) findings.push(finding);
      }
    }
  }
  const tokenless = findings.filter(({ needsToken }) => needsToken);
  return {
    questions,
    complete,
    signatory: {
      assumed: true,
      stopped_without: tokenless.length,
      envs: ENVS.filter((one) => tokenless.some(({ env }) => env === one)),
    },
    workers: changed(findings, ({ worker, env }) => `${worker.worker_id} ${env}`).map((finding) => ({
      worker_id: finding.worker.worker_id,
      ...shown(finding),
    })),
    rules: changed(findings, ({ ruleId, env }) => `${ruleId} ${env}`).map((finding) => ({
      rule_id: clean(finding.ruleId),
      ...shown(finding),
    })),
  };
};

const listed = (rule: CompiledRule, { workersOf }: HallSnapshot): readonly WorkerFact[] =>
  rule.candidates.flatMap(({ speciesId }) => (speciesId === null ? [] : workersOf(speciesId)));

/** Null: the worker would not have been dispatched before either, or another rule answers. */
function compare(
  before: HallSnapshot,
  after: HallSnapshot,
  rule: CompiledRule,
  env: HallEnv,
  worker: WorkerFact,
  now: number,
): Finding | null {
  const capabilityId = [...(rule.match.capabilities ?? worker.capabilities)][0] ?? '';
  const ask = (snapshot: HallSnapshot, hardest: boolean, signatory: SignatoryEvidence = VOUCHED): RouteDecision => {
    const words = wordsOf(rule.match);
    const pick = (list: readonly string[], last: boolean): string => (last ? list.at(-1) : list[0]) ?? '';
    const request = readRouteInput({
      capability_id: capabilityId,
      env,
      data_label: pick(words.data_label, hardest),
      tenant_risk: pick(words.tenant_risk, hardest),
      // P0 is the hardest, and the first.
      qos_class: pick(words.qos_class, !hardest),
      tenant_id: TENANT,
      correlation_id: TENANT,
      worker_id: worker.worker_id,
      dry_run: true,
    });
    const stamp = { now, decisionId: TENANT, correlationId: TENANT };
    return decide(request, signatory, snapshot, COUNTERS, stamp).decision;
  };
  const mild = ask(before, false);
  if (mild.outcome !== 'DISPATCH' || mild.matched_rule_id !== clean(rule.ruleId)) return null;
  const mildAfter = ask(after, false);
  const needsToken =
    ask(after, false, NO_TOKEN).stage === 'signatory' && ask(before, false, NO_TOKEN).outcome === 'DISPATCH';
  const finding = { ruleId: rule.ruleId, env, worker, needsToken };
  if (mildAfter.outcome !== 'DISPATCH') {
    return { ...finding, verdict: mildAfter.outcome === 'STEWARD_HOLD' ? 'held' : 'stopped', after: mildAfter };
  }
  const isHarder = ask(before, true).outcome === 'DISPATCH';
  const hardAfter = isHarder ? ask(after, true) : mildAfter;
  return { ...finding, verdict: hardAfter.outcome === 'DISPATCH' ? null : 'sometimes', after: hardAfter };
}

const LEAST: readonly (Verdict | null)[] = [null, 'sometimes', 'held', 'stopped'];

/** Of each group the finding that is least affected: what still works for one worker works for the rule. */
function changed(findings: readonly Finding[], groupOf: (finding: Finding) => string): readonly Finding[] {
  const groups = new Map<string, Finding>();
  for (const finding of findings) {
    const key = groupOf(finding);
    const known = groups.get(key);
    if (known === undefined || LEAST.indexOf(finding.verdict) < LEAST.indexOf(known.verdict)) groups.set(key, finding);
  }
  return [...groups.values()].filter(({ verdict }) => verdict !== null);
}

const shown = ({ env, verdict, after }: Finding): JsonObject => {
  const denial: JsonObject = after.deny_reason_if_denied ?? {};
  return {
    env,
    verdict,
    outcome: after.outcome,
    deny_code: after.deny_code ?? null,
    stage: after.stage,
    reason: after.reason,
    profile_id: denial.profile_id ?? null,
    mapping: denial.mapping ?? null,
  };
};
