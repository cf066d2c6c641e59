/**
 * The policy in force, as a routing decision asks it (WCP 3.7) and as a job does (CAP 5.6): one document, of either form.
 * INVARIANT: total. A policy that holds a word outside the vocabulary still evaluates: the word is handed on, and the
 * decision refuses it (step 9e). Publishing refuses such words in the first place.
 */
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import type { SupervisorLevel } from '../vocabulary.ts';
import { type Evaluation, evaluateSet } from './evaluate.ts';
import { StoredGate } from './gate-document.ts';
import { readMatch } from './match.ts';
import { buildIndex, findFirst, type Indexed, type MatchIndex } from './match-index.ts';
import { type GateContext, questionOfRoute } from './question.ts';
import { type CompiledSet, compileSet, restoreSet, snapshotOf } from './set.ts';
import type { ApprovalTerms } from './terms.ts';
import type { ReadVelocity, VelocitySeen } from './velocity.ts';

export { GATE_WORDS, GateDocument, readPolicy, StoredGate } from './gate-document.ts';
export type { GateContext } from './question.ts';

/** REQUIRE_APPROVAL is read as REQUIRE_HUMAN; any word but the five is not an answer (step 9e). */
export interface GateVerdict {
  readonly decision: string;
  readonly reason: string;
  readonly policy_version: string;
  /** null when the default decided. */
  readonly rule_id: string | null;
  readonly supervisor_level: SupervisorLevel | null;
  /** Of the rule that asks a human. */
  readonly approval?: ApprovalTerms | null;
  /** Where a human is asked they hold after the yes. */
  readonly constraints: JsonObject | null;
  readonly retry_after_ms: number | null;
}

interface CompiledGateRule extends Indexed {
  readonly verdict: GateVerdict;
}

export interface CompiledGate {
  readonly form: 'gate';
  readonly policyVersion: string;
  readonly index: MatchIndex<CompiledGateRule>;
  readonly otherwise: GateVerdict;
  /** The same document as jobs ask it. */
  readonly set: CompiledSet | null;
}

export interface CompiledBundles {
  readonly form: 'set';
  readonly policyVersion: string;
  readonly set: CompiledSet;
}

export type CompiledPolicy = CompiledGate | CompiledBundles;

/** Told to a throttled caller when nobody can say better. */
export const RETRY_AFTER_MS = 30_000;

const verdict = (policy_version: string, word: string, rule: StoredGate['rules'][number] | null): GateVerdict => {
  const decision = word === 'REQUIRE_APPROVAL' ? 'REQUIRE_HUMAN' : word;
  return {
    decision,
    reason: rule === null ? 'policy_default' : rule.reason || rule.id,
    policy_version,
    rule_id: rule?.id ?? null,
    supervisor_level: decision === 'REQUIRE_HUMAN' ? (rule?.supervisor_level ?? 'gatekeeper') : null,
    constraints: decision === 'ALLOW_WITH_CONSTRAINTS' ? (rule?.constraints ?? {}) : null,
    retry_after_ms: decision === 'THROTTLE' ? (rule?.retry_after_ms ?? RETRY_AFTER_MS) : null,
  };
};

const NO_SOURCE = '0'.repeat(64);

/** The bundle that a policy published whole is. */
export const MAIN = 'main';

const asSet = (document: StoredGate, written: JsonValue): CompiledSet | null => {
  const compiled = compileSet({
    snapshot: snapshotOf([{ id: MAIN, text: canonicalJson(written) }]),
    bundles: [{ id: MAIN, source: NO_SOURCE, document: document as never }],
  });
  return compiled.ok ? compiled.value : null;
};

/** `written`: the document as it was sent, before defaults; its text is what the snapshot hash covers. */
export const compilePolicy = (document: StoredGate, written?: JsonValue): CompiledGate => {
  let set: CompiledSet | null | undefined;
  return {
    form: 'gate',
    policyVersion: document.policy_version,
    index: buildIndex(
      document.rules.map((rule, position) => ({
        position,
        match: readMatch(rule.match),
        verdict: verdict(document.policy_version, rule.decision, rule),
      })),
    ),
    otherwise: verdict(document.policy_version, document.default, null),
    // Routes never ask for it.
    get set() {
      set ??= asSet(document, written ?? (JSON.parse(JSON.stringify(document)) as JsonValue));
      return set;
    },
  };
};

/** A policy from its stored content, of either form; a word that no publish lets pass is kept, and judged in use. */
export const restorePolicy = (content: JsonValue): Result<CompiledPolicy, 'malformed'> => {
  if (typeof content === 'object' && content !== null && 'bundles' in content) {
    const set = restoreSet(content);
    return set.ok ? ok({ form: 'set', policyVersion: set.value.snapshot, set: set.value }) : set;
  }
  const gate = safeRead(StoredGate, content);
  return gate.success ? ok(compilePolicy(gate.data, content)) : err('malformed');
};

export interface Gated {
  readonly verdict: GateVerdict;
  /** Counters that were read, in order; what was read is counted if the decision has effects. */
  readonly seen: readonly VelocitySeen[];
}

const NOTHING: readonly never[] = [];

export const askGate = (policy: CompiledPolicy, context: GateContext, velocity?: ReadVelocity): Gated => {
  if (policy.form === 'gate') {
    const found = findFirst(policy.index, context, context.tenant_id);
    return { verdict: found?.verdict ?? policy.otherwise, seen: NOTHING };
  }
  const evaluation = evaluateSet(policy.set, questionOfRoute(context), velocity);
  return { verdict: asGateVerdict(policy.policyVersion, evaluation), seen: evaluation.seen };
};

const asGateVerdict = (policy_version: string, evaluation: Evaluation): GateVerdict => {
  const { outcome, approval, constraints, ruleId, reason } = evaluation;
  return {
    decision: outcome === 'REQUIRE_APPROVAL' ? 'REQUIRE_HUMAN' : outcome,
    reason,
    policy_version,
    rule_id: ruleId === '' ? null : ruleId,
    supervisor_level: outcome === 'REQUIRE_APPROVAL' ? (approval?.supervisor_level ?? 'gatekeeper') : null,
    approval,
    constraints:
      outcome === 'ALLOW_WITH_CONSTRAINTS' ? ((constraints ?? {}) as JsonObject) : (constraints as JsonObject | null),
    retry_after_ms: evaluation.retryAfterMs,
  };
};
