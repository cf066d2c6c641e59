/** Documents of the content store that an entry names by hash, and those that these name in turn. */
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

export type ContentTexts = Readonly<Record<string, string>>;

/** Canonical texts by hash; a hash that names nothing is left out. */
export const contentTexts = async (
  deps: Deps,
  caller: Caller,
  hashes: readonly string[],
): Promise<Result<ContentTexts, Refusal>> => {
  if (hashes.length === 0) return ok({});
  const answer = await ask(deps, caller, { kind: 'contents', hashes });
  return answer.ok ? ok((answer.value as unknown as { contents: ContentTexts }).contents) : answer;
};

/** All that recomputing one decision needs. */
export const contentsOfDecision = async (
  deps: Deps,
  caller: Caller,
  entry: JsonObject,
): Promise<Result<ReadonlyMap<string, JsonValue>, Refusal>> => {
  const named = await contentTexts(deps, caller, namedBySeen(entry));
  if (!named.ok) return named;
  const outer = parsed(named.value);
  const facts = await contentTexts(
    deps,
    caller,
    [...outer.values()].flatMap((content) => [...workersIn(content), ...profilesIn(content)]),
  );
  return facts.ok ? ok(new Map([...outer, ...parsed(facts.value)])) : facts;
};

const namedBySeen = (entry: JsonObject): string[] => {
  const seen = ((entry.body as JsonObject).seen ?? {}) as JsonObject;
  const versioned = [seen.rules, seen.policy].map((pair) => (Array.isArray(pair) ? pair[1] : undefined));
  return [seen.settings, seen.bans, seen.workers, seen.profiles, ...versioned].filter(
    (hash) => typeof hash === 'string',
  );
};

const workersIn = (content: JsonValue): string[] => {
  const { workers } = content as { readonly workers?: unknown };
  return Array.isArray(workers) ? workers.filter((hash) => typeof hash === 'string') : [];
};

/** Of a posture. */
const profilesIn = (content: JsonValue): string[] => {
  const { profiles } = content as { readonly profiles?: unknown };
  if (!Array.isArray(profiles)) return [];
  return profiles
    .map((one: { readonly hash?: unknown } | null) => one?.hash)
    .filter((hash) => typeof hash === 'string');
};

const parsed = (texts: ContentTexts): Map<string, JsonValue> =>
  new Map(Object.entries(texts).map(([hash, text]) => [hash, JSON.parse(text) as JsonValue]));
