/**
 * The bundles in force together, merged by ascending id (CAP 5.9), and compiled once, when they are published. What a
 * tenant's decisions name by hash is the set: each bundle's id, the hash of its exact text, and what the text says.
 */
import { z } from 'zod';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonValue } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import {
  type Condition,
  conditionsOf,
  globsOf,
  inputConditions,
  routeCondition,
  selectorConditions,
} from './conditions.ts';
import { type InputRule, PolicyDocument, type RiskTagDeriver, type TenantTerms, TIERS, type Tier } from './document.ts';
import { GateDocument } from './gate-document.ts';
import type { Glob } from './glob.ts';
import { readMatch } from './match.ts';
import { type CompiledMcpLists, compileMcpLists } from './mcp.ts';
import { type Outcome, permits, readOutcome, strictness } from './outcome.ts';
import { buildRuleIndex, type CompiledRule, type RuleIndex } from './rule-index.ts';
import type { Constraints } from './terms.ts';

/** Its rules bind all others, and nobody deletes it. */
export const FLOOR = 'secops/invariants';
export const BUNDLE_ID = /^(?=.{1,128}$)[a-z0-9][a-z0-9_.-]*(\/[a-z0-9][a-z0-9_.-]*)*$/;
const MAX_RULES = 5_000;

const SetBundle = z.strictObject({
  id: z.string().regex(BUNDLE_ID),
  /** SHA-256 of the canonical JSON of the text, under which the text is kept. */
  source: z.string().regex(/^[0-9a-f]{64}$/),
  document: z.union([PolicyDocument, GateDocument]),
});
export const PolicySet = z.strictObject({ snapshot: z.string(), bundles: z.array(SetBundle).max(1_000) });
export type PolicySet = z.output<typeof PolicySet>;
export type BundleDocument = PolicySet['bundles'][number]['document'];

export const isGate = (document: BundleDocument): document is GateDocument => 'policy_version' in document;

/** `cfg:` and the SHA-256 of `id || 0x00 || text || 0x00` for each bundle by ascending id: what `sha256sum` gives. */
export const snapshotOf = (bundles: readonly { readonly id: string; readonly text: string }[]): string =>
  `cfg:${sha256Hex(
    bundles
      .toSorted(byId)
      .map(({ id, text }) => `${id}\0${text}\0`)
      .join(''),
  )}`;

/** Ids are ASCII, so code units order them as bytes do. */
export const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

export interface CompiledTenant {
  readonly label: string;
  readonly allow: readonly Glob[];
  readonly deny: readonly Glob[];
  readonly mcp: readonly CompiledMcpLists[];
  readonly allowedHosts: ReadonlySet<string> | null;
  readonly deniedHosts: ReadonlySet<string>;
  /** null: no limit. */
  readonly maxConcurrentJobs: number | null;
}

export interface CompiledInputRule {
  readonly rule: InputRule;
  readonly bundleId: string;
  readonly conditions: readonly Condition[];
}

export interface DefaultTerms {
  readonly tier: Tier;
  readonly conditions: readonly Condition[];
  readonly outcome: Outcome;
}

export interface CompiledSet {
  readonly snapshot: string;
  readonly bundleIds: readonly string[];
  /** In the order in which they are looked at: floor, job, workflow, global, what the floor allows. */
  readonly rules: readonly CompiledRule[];
  readonly floor: RuleIndex;
  readonly tiers: Readonly<Record<Tier, RuleIndex>>;
  readonly floorAllows: RuleIndex;
  readonly defaults: readonly DefaultTerms[];
  readonly tenants: ReadonlyMap<string, CompiledTenant>;
  readonly defaultTenant: string | null;
  readonly derivers: readonly (RiskTagDeriver & { readonly globs: readonly Glob[] })[];
  readonly inputRules: readonly CompiledInputRule[];
  readonly scansInput: boolean;
  readonly inputFailsOpen: boolean;
  readonly maxScanBytes: number;
}

const MAX_SCAN_BYTES = 2_097_152;

type Bundle = PolicySet['bundles'][number];

const rulesOf = ({ id: bundleId, document }: Bundle): readonly Omit<CompiledRule, 'position'>[] => {
  if (isGate(document)) {
    return document.rules.map((rule, index) => ({
      id: rule.id,
      bundleId,
      tier: 'global',
      conditions: [routeCondition(readMatch(rule.match), rule.match as JsonValue)],
      match: rule.match as JsonValue,
      outcome: readOutcome(rule.decision) ?? 'DENY',
      reason: rule.reason || rule.id,
      constraints: (rule.constraints as Constraints | undefined) ?? null,
      remediations: [],
      velocity: null,
      approval: rule.supervisor_level === undefined ? null : { supervisor_level: rule.supervisor_level },
      source: `${bundleId}#/rules/${index}`,
      retryAfterMs: rule.retry_after_ms ?? null,
    }));
  }
  return (document.rules ?? []).map((rule, index) => ({
    id: rule.id,
    bundleId,
    tier: rule.tier ?? document.tier ?? 'global',
    conditions: [...selectorConditions(rule.selector ?? document.selector), ...conditionsOf(rule.match)],
    match: rule.match as JsonValue,
    outcome: rule.decision === 'ALLOW' && rule.constraints !== undefined ? 'ALLOW_WITH_CONSTRAINTS' : rule.decision,
    reason: rule.reason || `matched rule ${rule.id}`,
    constraints: rule.constraints ?? null,
    remediations: rule.remediations ?? [],
    velocity: rule.velocity ?? null,
    approval: rule.approval ?? null,
    source: `${bundleId}#/rules/${index}`,
    retryAfterMs: null,
  }));
};

/** Topic lists of tenants stand in for rules where no bundle has any (CAP 5.6, step 4). */
const legacyRules = (tenants: ReadonlyMap<string, CompiledTenant>): readonly Omit<CompiledRule, 'position'>[] =>
  [...tenants.values()].flatMap(({ label, allow, deny }) => {
    const rule = (side: 'deny' | 'allow') => (glob: Glob, index: number) => ({
      id: `legacy:${label}:${side}:${index}`,
      bundleId: '',
      tier: 'global' as const,
      conditions: conditionsOf({ tenants: [label], topics: [glob.pattern] }),
      match: { tenants: [label], topics: [glob.pattern] },
      outcome: side === 'deny' ? ('DENY' as const) : ('ALLOW' as const),
      reason: `topic list of tenant ${label}`,
      constraints: null,
      remediations: [],
      velocity: null,
      approval: null,
      source: `tenants.${label}.${side}_topics`,
      retryAfterMs: null,
    });
    return [...deny.map(rule('deny')), ...allow.map(rule('allow'))];
  });

const mergeTenants = (bundles: readonly Bundle[]): ReadonlyMap<string, CompiledTenant> => {
  const terms = new Map<string, { label: string; list: TenantTerms[] }>();
  for (const { document } of bundles) {
    if (isGate(document)) continue;
    for (const [label, own] of Object.entries(document.tenants ?? {})) {
      const key = label.trim().toLowerCase();
      const known = terms.get(key);
      if (known === undefined) terms.set(key, { label, list: [own] });
      else known.list.push(own);
    }
  }
  return new Map([...terms].map(([key, { label, list }]) => [key, compileTenant(label, list)]));
};

const compileTenant = (label: string, list: readonly TenantTerms[]): CompiledTenant => {
  const hosts = (of: 'allowed_repo_hosts' | 'denied_repo_hosts') =>
    new Set(list.flatMap((terms) => terms[of] ?? []).map((host) => host.trim().toLowerCase()));
  const limits = list.map((terms) => terms.max_concurrent_jobs ?? 0).filter((limit) => limit > 0);
  const allowed = hosts('allowed_repo_hosts');
  return {
    label,
    allow: globsOf(list.flatMap((terms) => terms.allow_topics ?? [])),
    deny: globsOf(list.flatMap((terms) => terms.deny_topics ?? [])),
    mcp: list.flatMap((terms) => (terms.mcp === undefined ? [] : [compileMcpLists(terms.mcp)])),
    allowedHosts: allowed.size === 0 ? null : allowed,
    deniedHosts: hosts('denied_repo_hosts'),
    maxConcurrentJobs: limits.length === 0 ? null : Math.min(...limits),
  };
};

/** Of each tier the strictest word that one of its bundles says: `allow` only where all that say one say so. */
const defaultsOf = (bundles: readonly Bundle[]): readonly DefaultTerms[] =>
  bundles
    .flatMap(({ document }): DefaultTerms[] => {
      if (isGate(document))
        return [{ tier: 'global', conditions: [], outcome: readOutcome(document.default) ?? 'DENY' }];
      const { default_decision: outcome, tier = 'global', selector } = document;
      return outcome === undefined ? [] : [{ tier, conditions: selectorConditions(selector), outcome }];
    })
    .sort((a, b) => TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) || strictness(a.outcome) - strictness(b.outcome));

const conflicts = (rules: readonly Omit<CompiledRule, 'position'>[]): readonly FieldError[] => {
  const taken = new Map<string, string>();
  return rules.flatMap(({ id, source }) => {
    const by = taken.get(id);
    if (by !== undefined) return [{ field: source, message: `id ${id} is already taken, at ${by}` }];
    taken.set(id, source);
    return [];
  });
};

export const compileSet = (set: PolicySet): Result<CompiledSet, readonly FieldError[]> => {
  const bundles = set.bundles.toSorted(byId);
  const written = bundles.flatMap(rulesOf);
  const conflict = conflicts(written);
  if (conflict.length > 0) return err(conflict);
  const counted = bundles.flatMap(({ document }) => (isGate(document) ? [] : (document.rules ?? [])));
  if (counted.length > MAX_RULES) return err([{ field: '', message: `more than ${MAX_RULES} rules together` }]);
  const tenants = mergeTenants(bundles);
  const all = written.length === 0 ? legacyRules(tenants) : written;
  const inFloor = (rule: Omit<CompiledRule, 'position'>): boolean => rule.bundleId === FLOOR;
  const ordered = [
    ...all.filter((rule) => inFloor(rule) && !permits(rule.outcome)),
    ...TIERS.flatMap((tier) => all.filter((rule) => !inFloor(rule) && rule.tier === tier)),
    ...all.filter((rule) => inFloor(rule) && permits(rule.outcome)),
  ].map((rule, position): CompiledRule => ({ ...rule, position }));
  const part = (keep: (rule: CompiledRule) => boolean): RuleIndex => buildRuleIndex(ordered.filter(keep));
  const tier = (name: Tier): RuleIndex => part((rule) => !inFloor(rule) && rule.tier === name);
  const documents = bundles.flatMap(({ document }) => (isGate(document) ? [] : [document]));
  const inputRules = bundles.flatMap(({ id: bundleId, document }) =>
    isGate(document)
      ? []
      : (document.input_rules ?? [])
          .filter((rule) => rule.enabled !== false)
          .map((rule) => ({ rule, bundleId, conditions: inputConditions(rule) })),
  );
  const inputPolicies = documents.flatMap(({ input_policy }) => (input_policy === undefined ? [] : [input_policy]));
  return ok({
    snapshot: set.snapshot,
    bundleIds: bundles.map(({ id }) => id),
    rules: ordered,
    floor: part((rule) => inFloor(rule) && !permits(rule.outcome)),
    tiers: { job: tier('job'), workflow: tier('workflow'), global: tier('global') },
    floorAllows: part((rule) => inFloor(rule) && permits(rule.outcome)),
    defaults: defaultsOf(bundles),
    tenants,
    defaultTenant: documents.find(({ default_tenant }) => default_tenant !== undefined)?.default_tenant ?? null,
    derivers: documents.flatMap(({ risk_tag_derivers = [] }) =>
      risk_tag_derivers.map((deriver) => ({ ...deriver, globs: globsOf(deriver.topics) })),
    ),
    inputRules,
    scansInput: inputRules.length > 0 && !inputPolicies.some(({ enabled }) => enabled === false),
    inputFailsOpen: inputPolicies.length > 0 && inputPolicies.every(({ fail_mode }) => fail_mode === 'open'),
    maxScanBytes: Math.min(
      MAX_SCAN_BYTES,
      ...inputPolicies.map(({ max_scan_bytes }) => max_scan_bytes ?? MAX_SCAN_BYTES),
    ),
  });
};

/** From its stored content; refuses only what could never have been published. */
export const restoreSet = (content: unknown): Result<CompiledSet, 'malformed'> => {
  const read = safeRead(PolicySet, content);
  if (!read.success) return err('malformed');
  const compiled = compileSet(read.data);
  return compiled.ok ? compiled : err('malformed');
};
