/**
 * Trying a policy on history: pages over the real ledger, read here and decided again here. The tenant object is only
 * read; nothing is submitted. A page carries the totals so far in its cursor, so a long range needs no memory of ours.
 */

import { canonicalJson } from '../core/canonical.ts';
import {
  type BacktestCursor,
  type BacktestTotals,
  directionOf,
  noTotals,
  type Redecided,
  readCursor,
  redecide,
  tally,
  writeCursor,
} from '../core/hall/backtest.ts';
import { Replayer } from '../core/hall/replay.ts';
import type { InForce } from '../core/hall/snapshot.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { type CompiledPolicy, restorePolicy } from '../core/policy/gate.ts';
import { compileGlob, type Glob, globMatches } from '../core/policy/glob.ts';
import type { ForceBundle } from '../core/policy/in-force.ts';
import { capWord } from '../core/policy/outcome.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

/** Entries that one call to the object reads, and that one page of ours looks at. */
const READ = 2_000;
export const PAGE_ENTRIES = 20_000;
const MAX_CHANGES = 200;
const MAX_RULES = 1_000;

export interface Range {
  /** Seqs, both inclusive; null: from the first, to the last there is now. */
  readonly from: number | null;
  readonly to: number | null;
  /** Or times, RFC 3339 or microseconds. */
  readonly since: string | null;
  readonly until: string | null;
}

export interface BacktestFilter {
  readonly tenant: string | null;
  readonly topic: Glob | null;
  readonly decision: string | null;
}

export const NO_FILTER: BacktestFilter = { tenant: null, topic: null, decision: null };

/** A glob that is malformed matches nothing, so it is refused. */
export const readFilter = (sent: {
  readonly tenant?: string | undefined;
  readonly topic_pattern?: string | undefined;
  readonly original_decision?: string | undefined;
}): Result<BacktestFilter, Refusal> => {
  const glob = sent.topic_pattern === undefined ? null : compileGlob(sent.topic_pattern);
  if (glob !== null && !glob.ok) {
    return err(
      refusal('invalid_body', `topic_pattern: ${glob.error}`, [
        { field: '/filters/topic_pattern', message: glob.error },
      ]),
    );
  }
  const decision =
    sent.original_decision
      ?.trim()
      .toUpperCase()
      .replace(/^DECISION_TYPE_/, '')
      .replace('REQUIRE_HUMAN', 'REQUIRE_APPROVAL') ?? null;
  return ok({ tenant: sent.tenant ?? null, topic: glob?.value ?? null, decision });
};

export interface Asked {
  /** Empty: the policy in force. */
  readonly bundles: readonly ForceBundle[];
  readonly range: Range;
  readonly filter: BacktestFilter;
  readonly cursor: string | null;
  /** Decisions of this page at most. */
  readonly limit: number;
}

const wrong = (field: string, message: string): Refusal =>
  refusal('invalid_body', `${field}: ${message}`, [{ field, message }]);

const candidateOf = async (
  deps: Deps,
  caller: Caller,
  bundles: readonly ForceBundle[],
): Promise<Result<InForce<CompiledPolicy>, Refusal>> => {
  const made = await ask(deps, caller, { kind: 'policy', query: { what: 'candidate', bundles, lint: false } });
  if (!made.ok) return made;
  const content = made.value.content ?? null;
  const compiled = restorePolicy(content);
  if (!compiled.ok) return err(refusal('policy_invalid'));
  return ok({
    version: compiled.value.policyVersion,
    hash: sha256Hex(canonicalJson(content)),
    compiled: compiled.value,
  });
};

/** What a decision was about, in CAP's words. */
const subjectOf = (entry: JsonObject): { readonly id: string; readonly topic: string; readonly tenant: string } => {
  const body = entry.body as JsonObject;
  const seen = body.seen as JsonObject;
  if (entry.type === 'cap.decision') {
    const question = seen.question as JsonObject;
    return {
      id: String(question.job_id ?? body.decision_id),
      topic: String(question.topic),
      tenant: String(question.tenant),
    };
  }
  const request = seen.request as JsonObject;
  return {
    id: String(body.decision_id),
    topic: `job.${String(request.capability_id ?? '')}`,
    tenant: String(request.tenant_id ?? ''),
  };
};

const passes = ({ tenant, topic, decision }: BacktestFilter, entry: JsonObject): boolean => {
  if (tenant === null && topic === null && decision === null) return true;
  const subject = subjectOf(entry);
  const body = entry.body as JsonObject;
  return (
    (tenant === null || subject.tenant === tenant) &&
    (topic === null || globMatches(topic, subject.topic)) &&
    (decision === null || (body.policy_decision ?? body.decision) === decision)
  );
};

/** Contents that decisions name, fetched once, over any number of pages of one request. */
class KeptContents {
  readonly #deps: Deps;
  readonly #caller: Caller;
  readonly #known = new Map<string, JsonValue>();
  readonly replayer = new Replayer((hash) => this.#known.get(hash));

  constructor(deps: Deps, caller: Caller) {
    this.#deps = deps;
    this.#caller = caller;
  }

  async fetch(entries: readonly JsonObject[]): Promise<Result<null, Refusal>> {
    const outer = await this.#get(entries.flatMap(namedBy));
    if (!outer.ok) return outer;
    const inner = await this.#get(outer.value.flatMap(workersIn));
    return inner.ok ? ok(null) : inner;
  }

  async #get(hashes: readonly string[]): Promise<Result<readonly JsonValue[], Refusal>> {
    const missing = [...new Set(hashes)].filter((hash) => !this.#known.has(hash));
    const got: JsonValue[] = [];
    for (let at = 0; at < missing.length; at += 500) {
      const query = { what: 'contents', hashes: missing.slice(at, at + 500) } as const;
      const answer = await ask(this.#deps, this.#caller, { kind: 'policy', query });
      if (!answer.ok) return answer;
      for (const [hash, text] of Object.entries(answer.value.texts as Readonly<Record<string, string>>)) {
        const value = JSON.parse(text) as JsonValue;
        this.#known.set(hash, value);
        got.push(value);
      }
    }
    return ok(got);
  }
}

const namedBy = (entry: JsonObject): string[] => {
  const { seen } = entry.body as { readonly seen?: JsonObject };
  if (seen === undefined || entry.type !== 'wcp.decision') return [];
  const rules = Array.isArray(seen.rules) ? seen.rules[1] : undefined;
  const policy = Array.isArray(seen.policy) ? seen.policy[1] : undefined;
  return [seen.settings, seen.bans, seen.workers, rules, policy].filter((hash) => typeof hash === 'string');
};

const workersIn = (content: JsonValue): string[] => {
  const { workers } = (content ?? {}) as { readonly workers?: unknown };
  return Array.isArray(workers)
    ? workers.filter((hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash))
    : [];
};

const changeShown = (entry: JsonObject, { before, after, ruleId, reason, beyondGate }: Redecided): JsonObject => {
  const { id, topic, tenant } = subjectOf(entry);
  return {
    seq: entry.seq ?? null,
    job_id: id,
    topic,
    tenant,
    original_decision: before,
    new_decision: after,
    new_cap_decision: capWord(after),
    new_rule_id: ruleId,
    new_reason: reason,
    direction: directionOf(before, after),
    beyond_gate: beyondGate,
  };
};

export interface BacktestPage {
  readonly policy_snapshot: string;
  readonly range: { readonly from: number; readonly to: number };
  readonly progress: { readonly scanned: number; readonly of: number; readonly percent: number };
  readonly totals: BacktestTotals;
  readonly hits: Readonly<Record<string, number>>;
  readonly changes: readonly JsonObject[];
  readonly done: boolean;
  readonly next_cursor: string | null;
}

export const backtestPage = async (
  deps: Deps,
  caller: Caller,
  asked: Asked,
): Promise<Result<BacktestPage, Refusal>> => {
  const candidate = await candidateOf(deps, caller, asked.bundles);
  if (!candidate.ok) return candidate;
  const { hash, compiled } = candidate.value;
  const resumed = asked.cursor === null ? null : readCursor(asked.cursor);
  if (asked.cursor !== null && resumed === null) return err(wrong('/cursor', 'expected a cursor of a page before'));
  if (resumed !== null && resumed.policy !== hash)
    return err(refusal('snapshot_conflict', 'the candidate is another one than that of the page before'));
  let at = resumed;
  if (at === null) {
    const range = await rangeOf(deps, caller, asked.range);
    if (!range.ok) return range;
    at = {
      from: range.value.from,
      next: range.value.from,
      to: range.value.to,
      policy: hash,
      totals: noTotals(),
      hits: {},
    };
  }
  const { from, to } = at;
  let { next, totals } = at;
  const hits = new Map(Object.entries(at.hits));
  const changes: JsonObject[] = [];
  const kept = new KeptContents(deps, caller);
  let decided = 0;
  let looked = 0;
  while (next <= to && decided < asked.limit && looked < PAGE_ENTRIES) {
    const page = await ask(deps, caller, { kind: 'policy', query: { what: 'decisions', from: next, to, limit: READ } });
    if (!page.ok) return page;
    const read = page.value as unknown as { readonly texts: readonly string[]; readonly next: number };
    const entries = read.texts
      .map((text) => JSON.parse(text) as JsonObject)
      .filter((entry) => passes(asked.filter, entry));
    const fetched = await kept.fetch(entries);
    if (!fetched.ok) return fetched;
    looked += read.next - next;
    let stoppedAt: number | null = null;
    for (const entry of entries) {
      if (decided === asked.limit) {
        stoppedAt = entry.seq as number;
        break;
      }
      decided++;
      const again = redecide(entry, candidate.value, kept.replayer);
      totals = tally(totals, again);
      if (again === null) continue;
      if (again.ruleId !== '' && (hits.has(again.ruleId) || hits.size < MAX_RULES))
        hits.set(again.ruleId, (hits.get(again.ruleId) ?? 0) + 1);
      if (again.before !== again.after && changes.length < MAX_CHANGES) changes.push(changeShown(entry, again));
    }
    next = stoppedAt ?? read.next;
  }
  const done = next > to;
  const of = Math.max(0, to - from + 1);
  const scanned = Math.min(of, next - from);
  const cursor: BacktestCursor = { from, next, to, policy: hash, totals, hits: Object.fromEntries(hits) };
  return ok({
    policy_snapshot: compiled.set?.snapshot ?? '',
    range: { from, to },
    progress: { scanned, of, percent: of === 0 ? 100 : Math.floor((100 * scanned) / of) },
    totals,
    hits: Object.fromEntries(hits),
    changes,
    done,
    next_cursor: done ? null : writeCursor(cursor),
  });
};

const rangeOf = async (
  deps: Deps,
  caller: Caller,
  range: Range,
): Promise<Result<{ readonly from: number; readonly to: number }, Refusal>> => {
  const since = micros(range.since);
  const until = micros(range.until);
  if (since === undefined) return err(wrong('/from', 'expected a time'));
  if (until === undefined) return err(wrong('/to', 'expected a time'));
  const found = await ask(deps, caller, {
    kind: 'policy',
    query: { what: 'range', from: range.from, to: range.to, since, until },
  });
  return found.ok ? ok(found.value as unknown as { from: number; to: number }) : found;
};

/** Null: not given. Undefined: no time. */
const micros = (time: string | null): number | null | undefined => {
  if (time === null) return null;
  if (/^\d{1,16}$/.test(time)) return Number(time);
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms * 1000;
};
