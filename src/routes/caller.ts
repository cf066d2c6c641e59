/**
 * Builds the caller from the credential of a request: the only place that reads it. A key we did not mint is refused
 * here with no read; the tenant object judges the rest. A tenant comes from a credential, never from a body.
 */
import { timingSafeEqual } from 'node:crypto';
import { getCookie } from 'hono/cookie';
import { sha256 } from '../core/hash.ts';
import { parseTenantId } from '../core/ids.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { looksLikeToken } from '../core/signatory/token.ts';
import { parseApiKey } from '../keys/api-key.ts';
import { proofUrl } from '../keys/signatory-jwt.ts';
import { accountOf, type Client, humanCaller, type SignedIn } from '../services/accounts.ts';
import type { Caller } from '../services/caller.ts';
import type { Deps } from '../services/deps.ts';
import type { Ctx } from './context.ts';
import type { Access, AnyContract } from './contract.ts';

export type CallerFor<A extends Access> = A extends 'tenant'
  ? Caller
  : A extends 'account'
    ? SignedIn
    : A extends 'public'
      ? Caller | null
      : null;

const authorization = (c: Ctx, scheme: RegExp): string | null => {
  const header = c.req.header('authorization');
  const match = header === undefined ? null : scheme.exec(header);
  return match?.[1] ?? null;
};
const bearer = (c: Ctx): string | null => authorization(c, /^Bearer +(\S+)$/i);
const dpopBound = (c: Ctx): string | null => authorization(c, /^DPoP +(\S+)$/i);

/** A DPoP header with the request that it has to be about. */
const withProof = (c: Ctx, caller: Caller): Caller => {
  const proof = c.req.header('dpop');
  if (proof === undefined) return caller;
  return { ...caller, proof: { proof, method: c.req.method, url: proofUrl(c.req.url) ?? '' } };
};

const SESSION_COOKIE = 'pyhall_session';

/** Published clients send a cookie on purpose; a browser sends it along with any page's request, so that page must be ours. */
const isMeant = (c: Ctx, deps: Deps): boolean => {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = c.req.header('origin');
  return origin === undefined || origin === deps.publicUrl;
};

/** What the caller shows of itself. Bearer wins over `X-API-Key` (CAP 0.2), both over the cookie. */
const credentialOf = (c: Ctx, deps: Deps): string | null =>
  bearer(c) ?? c.req.header('x-api-key') ?? (isMeant(c, deps) ? (getCookie(c, SESSION_COOKIE) ?? null) : null);

const ACCOUNT_COOKIE = /(?:^|;\s*)(?:__Secure-)?guildhall\.session_token=/;
const SAFE = ['GET', 'HEAD'];

/** What of a request accounts look at. */
export const clientOf = (c: Ctx): Client => ({
  cookie: c.req.header('cookie') ?? null,
  address: c.req.header('cf-connecting-ip') ?? null,
  userAgent: c.req.header('user-agent') ?? null,
});

/** A browser says from whose page a request comes. What changes something must come from ours, and must say so. */
export const isFromOurPages = (c: Ctx, deps: Deps, mustSay = true): boolean => {
  const origin = c.req.header('origin');
  if (origin !== undefined) return origin === deps.publicUrl;
  const site = c.req.header('sec-fetch-site');
  return site === undefined ? !mustSay : site === 'same-origin';
};

/** The session cookie, where a request that shows nothing else has one that may be used for it. */
const signedIn = (c: Ctx, deps: Deps): Result<Client, Refusal> => {
  const client = clientOf(c);
  if (c.req.header('authorization') !== undefined || !ACCOUNT_COOKIE.test(client.cookie ?? '')) {
    return err(refusal('unauthorized'));
  }
  return SAFE.includes(c.req.method) || isFromOurPages(c, deps) ? ok(client) : err(refusal('foreign_origin'));
};

const sameSecret = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

/** Where a credential may be shown and need not: a browser sends its cookie anyway, so that one counts for a named tenant. */
const showsSomething = (c: Ctx, deps: Deps): boolean =>
  (dpopBound(c) ?? credentialOf(c, deps)) !== null ||
  (c.get('pathTenant') !== null && ACCOUNT_COOKIE.test(c.req.header('cookie') ?? ''));

/** The part of the path before the route: `/t/<tenant>`. It selects a tenant that the credential covers, else 404. */
const withinPath = (c: Ctx, caller: Caller): Result<Caller, Refusal> => {
  const named = c.get('pathTenant');
  return named === null || named === caller.tenant ? ok(caller) : err(refusal('not_found'));
};

const tenantCaller = async (c: Ctx, deps: Deps): Promise<Result<Caller, Refusal>> => {
  const bound = dpopBound(c);
  if (bound !== null) return signatoryCaller(c, deps, bound, 'dpop');
  const token = credentialOf(c, deps);
  if (token === null) {
    const client = signedIn(c, deps);
    return client.ok ? humanCaller(deps, client.value, c.get('pathTenant')) : client;
  }
  const key = parseApiKey(token, deps.keyTagSecret);
  if (key !== null) {
    // Cloudflare sets this header and lets nobody else set it.
    const address = c.req.header('cf-connecting-ip') ?? null;
    const credential = { kind: 'api_key', hash: key.hash, environment: key.environment, address } as const;
    return withinPath(c, withProof(c, { tenant: key.tenant, credential }));
  }
  const named = c.get('pathTenant');
  if (named !== null && sameSecret(token, deps.operatorKey)) {
    const tenant = parseTenantId(named);
    return tenant === null ? err(refusal('not_found')) : ok({ tenant, credential: { kind: 'operator' } });
  }
  // Not out of a cookie: a token comes in the header.
  return signatoryCaller(c, deps, bearer(c) ?? '', 'bearer');
};

/** A signatory's token names no tenant of ours by itself: the path does, and only that tenant's signatories judge it. */
const signatoryCaller = (c: Ctx, deps: Deps, token: string, scheme: 'bearer' | 'dpop'): Result<Caller, Refusal> => {
  const tenant = parseTenantId(c.get('pathTenant') ?? '');
  if (tenant === null || !looksLikeToken(token)) return err(refusal('unauthorized'));
  return ok(withProof(c, { tenant, credential: { kind: 'token', token, scheme, use: deps.newId() } }));
};

export const callerOf = async <A extends Access>(
  c: Ctx,
  deps: Deps,
  { access, credential }: { readonly access: A; readonly credential?: AnyContract['credential'] },
): Promise<Result<CallerFor<A>, Refusal>> => {
  if (access === 'tenant') return (await tenantCaller(c, deps)) as Result<CallerFor<A>, Refusal>;
  if (access === 'account') {
    const client = signedIn(c, deps);
    return (client.ok ? await accountOf(deps, client.value) : client) as Result<CallerFor<A>, Refusal>;
  }
  if (access === 'operator') {
    const token = bearer(c);
    const isOperator = token !== null && sameSecret(token, deps.operatorKey);
    return (isOperator ? ok(null) : err(refusal('unauthorized'))) as Result<CallerFor<A>, Refusal>;
  }
  // What is open to all does not look at a credential that it has no use for.
  if (credential === undefined || !showsSomething(c, deps)) return ok(null as CallerFor<A>);
  return (await tenantCaller(c, deps)) as Result<CallerFor<A>, Refusal>;
};
