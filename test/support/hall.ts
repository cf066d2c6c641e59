/** Builders for decisions in tests: a Hall of plain data, made from the documents a tenant would publish. */
import { canonicalJson } from '../../src/core/canonical.ts';
import { decide } from '../../src/core/hall/decide.ts';
import type { Decided } from '../../src/core/hall/decision.ts';
import { readRouteInput, type SignatoryEvidence } from '../../src/core/hall/input.ts';
import { decisionBody, decisionContents } from '../../src/core/hall/record.ts';
import type { Contents } from '../../src/core/hall/replay.ts';
import { restoreRules } from '../../src/core/hall/rules.ts';
import { defaultSettings, Settings } from '../../src/core/hall/settings.ts';
import type { ChainLink, HallSnapshot, Stamp } from '../../src/core/hall/snapshot.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { compilePolicy, type StoredGate } from '../../src/core/policy/gate.ts';
import { NO_POSTURE, type Posture } from '../../src/core/profile/posture.ts';
import { FIRST_CATALOG } from '../../src/core/registry/catalog/version.ts';
import { readWorkerRecord } from '../../src/core/registry/record.ts';
import {
  compileWorker,
  freshState,
  type WorkerFact,
  type WorkerState,
  workerView,
} from '../../src/core/registry/worker.ts';

/** 2026-11-21T00:00:00.000Z in microseconds. */
export const NOW = 1_795_219_200_000_000;
export const STAMP: Stamp = {
  now: NOW,
  decisionId: '11111111-1111-4111-8111-000000000001',
  correlationId: '22222222-2222-4222-8222-000000000001',
};
export const NOBODY: SignatoryEvidence = { kind: 'none' };
export const CODE_HASH = 'a'.repeat(64);
export const OTHER_HASH = 'b'.repeat(64);

export interface Bans {
  readonly workers?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly artifacts?: readonly string[];
}

export interface HallOptions {
  readonly rules?: JsonValue | null;
  readonly rulesVersion?: string;
  readonly policy?: StoredGate | null;
  readonly settings?: JsonObject;
  readonly workers?: readonly WorkerFact[];
  readonly bans?: Bans;
  readonly stale?: boolean;
  readonly standing?: HallSnapshot['standing'];
  readonly offline?: boolean;
  readonly catalog?: readonly string[];
  /** Gets what keeps a content and answers its hash. */
  readonly posture?: (keep: (content: unknown) => string) => Posture;
  readonly catalogSeen?: { readonly version: string; readonly hash: string };
}

const hashOf = (value: unknown): string => sha256Hex(canonicalJson(value));

export interface TestHall extends HallSnapshot {
  /** The documents that a tenant would have kept when they were published. */
  readonly published: ReadonlyMap<string, JsonValue>;
}

export function hall(options: HallOptions = {}): TestHall {
  const published = new Map<string, JsonValue>();
  const keep = (value: unknown): string => {
    const sent = JSON.parse(JSON.stringify(value)) as JsonValue;
    const hash = hashOf(sent);
    published.set(hash, sent);
    return hash;
  };
  const settings = Settings.parse({ ...defaultSettings, ...options.settings });
  const rules = options.rules ?? null;
  const compiled = rules === null ? null : restoreRules(rules);
  if (compiled !== null && !compiled.ok) throw new Error('the rules of this test are malformed');
  const policy = options.policy ?? null;
  const bans = {
    artifacts: options.bans?.artifacts ?? [],
    namespaces: options.bans?.namespaces ?? [],
    workers: options.bans?.workers ?? [],
  };
  const workers = [...(options.workers ?? [])].sort((a, b) => (a.worker_id < b.worker_id ? -1 : 1));
  const species = Map.groupBy(workers, (worker) => worker.worker_species_id);
  const implemented = new Set(workers.flatMap((worker) => [...workerView(worker).implements]));
  const catalog = new Set(options.catalog ?? ['cap.doc.summarize']);
  return {
    published,
    standing: options.standing ?? 'ok',
    offline: options.offline ?? false,
    settings: { version: '1', hash: keep(settings), compiled: settings },
    rules:
      compiled === null
        ? null
        : { version: options.rulesVersion ?? 'rules-1', hash: keep(rules), compiled: compiled.value },
    policy:
      policy === null ? null : { version: policy.policy_version, hash: keep(policy), compiled: compilePolicy(policy) },
    bans: {
      epoch: 7,
      hash: keep(bans),
      fresh: options.stale !== true,
      workers: new Set(bans.workers),
      namespaces: new Set(bans.namespaces),
      artifacts: new Set(bans.artifacts),
    },
    workersOf: (speciesId) => species.get(speciesId) ?? [],
    implementedByAny: () => implemented,
    posture: options.posture === undefined ? NO_POSTURE : options.posture(keep),
    catalog: { ...(options.catalogSeen ?? FIRST_CATALOG), has: (id) => catalog.has(id) },
  };
}

export const SPECIES = 'wrk.doc.summarizer';
export const CAPABILITY = 'cap.doc.summarize';

/** An enrolled worker; `record` and `state` change what a plain one would have. */
export function worker(record: JsonObject = {}, state: Partial<WorkerState> = {}): WorkerFact {
  const read = readWorkerRecord(
    { worker_id: 'org.test.summarizer', worker_species_id: SPECIES, capabilities: [CAPABILITY], ...record },
    { artifactHash: 'optional' },
  );
  if (!read.ok) throw new Error(`the record of this test is malformed: ${read.error.message}`);
  return compileWorker(read.value, { ...freshState(read.value, NOW - 1_000_000), ...state });
}

/** A rule for the test capability with one candidate species; `decision` and `match` change it. */
export function rule(decision: JsonObject = {}, match: JsonObject = {}, ruleId = 'rr_summarize'): JsonObject {
  return {
    rule_id: ruleId,
    match: { capability_id: CAPABILITY, ...match },
    decision: {
      candidate_workers_ranked: [{ worker_species_id: SPECIES, score_hint: 0.9 }],
      ...decision,
    },
  };
}

export const rules = (...list: readonly JsonValue[]): JsonObject => ({ rules: [...list] });

/** A good request in dev; the announced one is ANNOUNCED. */
export function input(change: JsonObject = {}): JsonObject {
  return {
    capability_id: CAPABILITY,
    env: 'dev',
    data_label: 'PUBLIC',
    tenant_risk: 'low',
    qos_class: 'P2',
    tenant_id: 'acme-corp',
    correlation_id: '33333333-3333-4333-8333-333333333333',
    ...change,
  };
}

/** The request of the announcement, as printed there. */
export const ANNOUNCED: JsonObject = {
  capability_id: CAPABILITY,
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};

export interface Asked {
  readonly signatory?: SignatoryEvidence;
  readonly chain?: readonly ChainLink[];
  readonly stamp?: Stamp;
}

export function ask(sent: unknown, snapshot: HallSnapshot, asked: Asked = {}): Decided {
  const counters = { chain: asked.chain ?? [] };
  return decide(readRouteInput(sent), asked.signatory ?? NOBODY, snapshot, counters, asked.stamp ?? STAMP);
}

/** The entry of a decision as an export carries it, and the contents it can be recomputed from. */
export function recorded(sent: unknown, snapshot: TestHall, asked: Asked = {}) {
  const decided = ask(sent, snapshot, asked);
  const body = decisionBody(readRouteInput(sent), asked.signatory ?? NOBODY, decided);
  const kept = new Map<string, JsonValue>(snapshot.published);
  for (const { hash, text } of decisionContents(decided)) kept.set(hash, JSON.parse(text) as JsonValue);
  const contents: Contents = (hash) => kept.get(hash);
  return { decided, body, contents, kept };
}

/** A Hall that dispatches the good request. */
export const openHall = (options: HallOptions = {}): TestHall =>
  hall({ rules: rules(rule()), workers: [worker()], ...options });
