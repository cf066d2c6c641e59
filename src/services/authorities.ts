/**
 * Other attestation authorities (WCP 4.4). What they sign is verified here, whoever brings it: pushed by the tenant, or
 * fetched from the addresses of the subscription. One document that does not hold, and nothing of the news is taken.
 */
import { fromBase64Url } from '../core/bytes.ts';
import { type JsonObject, parseJson } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { type Authority, type AuthorityDocument, authorityOf, isAuthorityId } from '../core/registry/authority.ts';
import { type BanFeed, verifyBanFeed } from '../core/registry/ban-feed.ts';
import { type Statement, verifyStatement } from '../core/registry/statement.ts';
import { err, ok, type Result } from '../core/result.ts';
import { verifyEd25519 } from '../keys/ring.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import type { SubmitOptions } from './submit.ts';

type Told = Result<JsonObject, Refusal>;

export const subscribe = async (
  deps: Deps,
  caller: Caller,
  id: string,
  document: AuthorityDocument,
  options: SubmitOptions,
): Promise<Told> => {
  const authority = authorityOf(id, document);
  const wrong = isAuthorityId(id) ? wrongUrl(deps, authority) : { field: 'authority_id', message: ID_MESSAGE };
  // Who may not subscribe is told that, and nothing of what is wrong.
  if (wrong !== null) {
    const judged = await ask(deps, caller, { kind: 'keys', after: null, limit: 1 });
    return err(judged.ok ? refusal('invalid_body', `${wrong.field}: ${wrong.message}`, [wrong]) : judged.error);
  }
  return change(deps, caller, { kind: 'authority.subscribe', authority }, options);
};

/** What was said and is signed: statements and, with `feed`, a stretch of its ban list. */
export const importNews = async (
  deps: Deps,
  caller: Caller,
  id: string,
  news: { readonly statements: readonly unknown[]; readonly feed: JsonObject | null },
  options: SubmitOptions,
): Promise<Told> => {
  const known = await subscription(deps, caller, id);
  if (!known.ok) return known;
  const verified = verify(known.value, news.statements, news.feed);
  if (!verified.ok) return verified;
  const { hash: verifiedWith } = known.value;
  return change(deps, caller, { kind: 'authority.import', authorityId: id, verifiedWith, ...verified.value }, options);
};

/** Asks the addresses of the subscription. */
export const refresh = async (deps: Deps, caller: Caller, id: string, options: SubmitOptions): Promise<Told> => {
  const known = await subscription(deps, caller, id);
  if (!known.ok) return known;
  const { statements_url: statementsUrl, ban_feed_url: feedUrl, ban_epoch: epoch } = known.value;
  const statements = statementsUrl === null ? ok({ statements: [] }) : await fetched(deps, statementsUrl);
  if (!statements.ok) return statements;
  const feed = feedUrl === null ? ok(null) : await fetched(deps, since(feedUrl, epoch));
  if (!feed.ok) return feed;
  const list = statements.value.statements;
  const news = { statements: Array.isArray(list) ? (list as readonly unknown[]) : [], feed: feed.value };
  return importNews(deps, caller, id, news, options);
};

interface Subscription extends Authority {
  readonly ban_epoch: number;
  readonly hash: string;
}

const subscription = async (deps: Deps, caller: Caller, id: string): Promise<Result<Subscription, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'authority', authorityId: id });
  return answer.ok ? ok(answer.value as unknown as Subscription) : answer;
};

const verify = (
  { keys }: Authority,
  statements: readonly unknown[],
  feed: JsonObject | null,
): Result<{ readonly statements: readonly Statement[]; readonly banFeed: BanFeed | null }, Refusal> => {
  const keyOf = (keyId: string): Uint8Array | undefined => fromBase64Url(keys[keyId] ?? '');
  const held: Statement[] = [];
  for (const [index, sent] of statements.entries()) {
    const statement = verifyStatement(sent, keyOf, verifyEd25519);
    if (!statement.ok) return err(untrusted(`/statements/${index}`, statement.error));
    held.push(statement.value);
  }
  if (feed === null) return ok({ statements: held, banFeed: null });
  const banFeed = verifyBanFeed(feed, keyOf, verifyEd25519);
  return banFeed.ok ? ok({ statements: held, banFeed: banFeed.value }) : err(untrusted('/ban_feed', banFeed.error));
};

const untrusted = (field: string, fault: string): Refusal => {
  const message = fault.replaceAll('_', ' ');
  return refusal('authority_untrusted', `${field}: ${message}`, [{ field, message }]);
};

/** What does not answer as it should is told in words of ours: its own text is nobody's business. */
const fetched = async (deps: Deps, url: string): Promise<Result<JsonObject, Refusal>> => {
  const reply = await deps.outbound.ask(url, { headers: { accept: 'application/json' } });
  if (!reply.ok) return err(unreachable(reply.error.replaceAll('_', ' ')));
  if (reply.value.status !== 200) return err(unreachable(`it answered ${reply.value.status}`));
  const parsed = parseJson(reply.value.text);
  const isObject =
    parsed.ok && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value);
  return isObject ? ok(parsed.value as JsonObject) : err(unreachable('it answered no JSON object'));
};

const unreachable = (detail: string): Refusal => refusal('authority_unreachable', detail);

const since = (text: string, epoch: number): string => {
  const url = new URL(text);
  url.searchParams.set('since', String(epoch));
  return url.href;
};

const ID_MESSAGE = 'expected a name such as registry.example';

const wrongUrl = (
  deps: Deps,
  { statements_url, ban_feed_url }: Authority,
): { readonly field: string; readonly message: string } | null => {
  for (const [field, url] of Object.entries({ statements_url, ban_feed_url })) {
    const permitted = url === null ? null : deps.outbound.permits(url);
    if (permitted !== null && !permitted.ok)
      return { field: `/${field}`, message: permitted.error.replaceAll('_', ' ') };
  }
  return null;
};
