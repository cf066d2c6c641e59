/**
 * What all profiles that are active in one environment demand together: several unite, and the strictest wins (WCP 7.4).
 * INVARIANT: a stance only adds. Settings, rules and callers stay what they are; none is ever lowered by a profile.
 */
import { type ApprovalDemand, type EscalationStep, higher } from '../approval/demand.ts';
import { anyHolds, type CompiledCondition, compileCondition } from '../hall/condition.ts';
import type { Settings } from '../hall/settings.ts';
import {
  type ControlList,
  controlList,
  type DataLabel,
  type HallEnv,
  normalControl,
  type RouteQuery,
} from '../vocabulary.ts';
import { type Demand, demands, mappingOf, type ProfileDocument } from './document.ts';
import { SETTING_FLOORS } from './floors.ts';

export interface ProfileInForce {
  readonly profile: ProfileDocument;
  readonly hash: string;
  readonly overrides: ReadonlySet<string>;
}

/** Which profile stands behind a demand, and the row of it that says what for; what a denial names. */
export interface Blame {
  readonly profile_id: string;
  readonly mapping: string | null;
}

export interface EffectiveProfile {
  readonly profile_id: string;
  readonly version: string;
  readonly hash: string;
}

/** How a human is asked: the terms of the profile that asks. */
export interface OversightTerms extends Pick<ApprovalDemand, 'level' | 'quorum' | 'passkey'> {
  readonly escalation: readonly EscalationStep[];
}

export interface OversightQuestion {
  readonly query: RouteQuery;
  readonly tenantId: string;
  readonly blastScore: number;
  readonly workerId: string;
  readonly workerRisk: string;
}

export type OversightAnswer =
  | { readonly kind: 'deny'; readonly reason: string; readonly blame: Blame }
  | { readonly kind: 'hold'; readonly reason: string; readonly blame: Blame; readonly terms: OversightTerms };

export interface Stance {
  /** In order of their ids. */
  readonly effective: readonly EffectiveProfile[];
  /** The settings of the Hall with all floors that profiles add; the same object where they add none. */
  readonly strengthen: (own: Settings) => Settings;
  /** Demanded of every worker, beside what rules demand; sorted. */
  readonly controls: ControlList;
  readonly policyGate: boolean;
  readonly noEgress: boolean;
  readonly signedManifest: boolean;
  /** From this score on a human is asked, also where the Hall itself would ask none; null: as the Hall does. */
  readonly escalateAt: number | null;
  readonly maxScore: number | null;
  /** null: all. */
  readonly labels: ReadonlySet<DataLabel> | null;
  readonly oversight: (question: OversightQuestion) => OversightAnswer | null;
  /** The first profile that demands this, or of those the one that `binds`; null: none does. */
  readonly blame: (demand: Demand, binds?: (profile: ProfileDocument) => boolean) => Blame | null;
}

const NO_CONTROLS: ControlList = controlList([]);

export const NO_STANCE: Stance = {
  effective: [],
  strengthen: (own) => own,
  controls: NO_CONTROLS,
  policyGate: false,
  noEgress: false,
  signedManifest: false,
  escalateAt: null,
  maxScore: null,
  labels: null,
  oversight: () => null,
  blame: () => null,
};

/** `env` null: what holds wherever one asks, so limits of single environments are left out. */
export const buildStance = (inForce: readonly ProfileInForce[], env: HallEnv | null): Stance => {
  if (inForce.length === 0) return NO_STANCE;
  const ordered = [...inForce].sort((a, b) => (a.profile.profile_id < b.profile.profile_id ? -1 : 1));
  const profiles = ordered.map(({ profile }) => profile);
  const demanded = (demand: Demand): boolean => profiles.some((profile) => demands(profile, demand));
  const limits = (name: 'escalate_at' | 'max_score'): readonly number[] =>
    env === null ? [] : profiles.flatMap((profile) => profile.blast[env]?.[name] ?? []);
  const blame: Stance['blame'] = (demand, binds = () => true) => {
    const behind = profiles.find((profile) => demands(profile, demand) && binds(profile));
    return behind === undefined ? null : blameOf(behind, demand);
  };
  return {
    effective: unique(
      ordered.map(({ profile, hash }) => ({ profile_id: profile.profile_id, version: profile.version, hash })),
    ),
    strengthen: strengthener(profiles),
    controls: unitedControls(profiles),
    policyGate: demanded('policy_gate'),
    noEgress: demanded('no_egress'),
    signedManifest: demanded('signed_manifest'),
    escalateAt: lowest(limits('escalate_at')),
    maxScore: lowest(limits('max_score')),
    labels: commonLabels(profiles),
    oversight: overseer(ordered),
    blame,
  };
};

const blameOf = (profile: ProfileDocument, demand: Demand): Blame => ({
  profile_id: profile.profile_id,
  mapping: mappingOf(profile, demand)?.framework_control ?? null,
});

const unique = (list: readonly EffectiveProfile[]): readonly EffectiveProfile[] =>
  list.filter(
    ({ profile_id, version }, at) =>
      list.findIndex((one) => one.profile_id === profile_id && one.version === version) === at,
  );

const lowest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));

const strengthener = (profiles: readonly ProfileDocument[]): Stance['strengthen'] => {
  const floors = SETTING_FLOORS.filter((floor) => profiles.some((profile) => profile.hall_floors[floor] === true));
  const ttl = lowest(profiles.flatMap(({ human_oversight }) => human_oversight?.ttl_s ?? []));
  if (floors.length === 0 && ttl === null) return NO_STANCE.strengthen;
  const known = new WeakMap<Settings, Settings>();
  return (own) => {
    const seen = known.get(own);
    if (seen !== undefined) return seen;
    const stronger: Settings = {
      ...own,
      ...Object.fromEntries(floors.map((floor) => [floor, true])),
      approval_ttl_s: Math.min(own.approval_ttl_s, ttl ?? own.approval_ttl_s),
    };
    known.set(own, stronger);
    return stronger;
  };
};

const unitedControls = (profiles: readonly ProfileDocument[]): ControlList => {
  const bySpelling = new Map<string, string>();
  for (const { controls_required } of profiles) {
    for (const id of controls_required) if (!bySpelling.has(normalControl(id))) bySpelling.set(normalControl(id), id);
  }
  return controlList([...bySpelling.values()].sort());
};

const commonLabels = (profiles: readonly ProfileDocument[]): ReadonlySet<DataLabel> | null => {
  const lists = profiles.flatMap(({ data_labels }) => (data_labels === undefined ? [] : [data_labels]));
  const [first, ...rest] = lists;
  return first === undefined ? null : new Set(first.filter((label) => rest.every((list) => list.includes(label))));
};

const strictest = (terms: readonly OversightTerms[]): OversightTerms => ({
  level: terms.map(({ level }) => level).reduce(higher),
  quorum: Math.max(...terms.map(({ quorum }) => quorum)),
  passkey: terms.some(({ passkey }) => passkey),
  escalation: terms.flatMap(({ escalation }) => escalation),
});

interface Overseer {
  readonly profile: ProfileDocument;
  readonly overrides: ReadonlySet<string>;
  readonly conditions: readonly CompiledCondition[];
  readonly terms: OversightTerms;
}

const overseer = (inForce: readonly ProfileInForce[]): Stance['oversight'] => {
  const overseers = inForce.flatMap(({ profile, overrides }): Overseer[] => {
    const { human_oversight: asked } = profile;
    if (asked === undefined) return [];
    const { supervisor_level: level, quorum, passkey = false, escalation = [] } = asked;
    const terms = { level, quorum, passkey, escalation };
    return [{ profile, overrides, conditions: asked.when.map(compileCondition), terms }];
  });
  if (overseers.length === 0) return NO_STANCE.oversight;
  return (question) => answer(overseers, question);
};

/** A denial of one profile comes before another one's wish to ask a human. */
function answer(overseers: readonly Overseer[], question: OversightQuestion): OversightAnswer | null {
  const judged = overseers.flatMap((one) => {
    const said = judge(one, question);
    return said === null ? [] : [{ ...said, one }];
  });
  const [first] = judged;
  if (first === undefined) return null;
  const denial = judged.find(({ kind }) => kind === 'deny');
  const decisive = denial ?? first;
  const blame = blameOf(decisive.one.profile, 'human_oversight');
  if (denial !== undefined) return { kind: 'deny', reason: denial.reason, blame };
  return { kind: 'hold', reason: first.reason, blame, terms: strictest(judged.map(({ one }) => one.terms)) };
}

function judge(
  { profile, overrides, conditions }: Overseer,
  { query, tenantId, blastScore, workerId, workerRisk }: OversightQuestion,
): { readonly kind: 'deny' | 'hold'; readonly reason: string } | null {
  const word = Object.entries(profile.human_oversight?.worker_risk ?? {}).find(([tier]) => tier === workerRisk)?.[1];
  const reason = `worker_risk_${workerRisk}`;
  if (word === 'deny') return { kind: overrides.has(workerId) ? 'hold' : 'deny', reason };
  if (word === 'hold') return { kind: 'hold', reason };
  return anyHolds(conditions, query, tenantId, blastScore) ? { kind: 'hold', reason: 'human_required_if' } : null;
}
