/** Composition root: request id, dependencies, `/t/:tenant`, mounts, and the one mapping of errors. No logic. */
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { type IdentityProvider, readProviders } from './core/access/identity-provider.ts';
import { jurisdictionOf, type LogId } from './core/ids.ts';
import { refusal } from './core/refusal.ts';
import { outbound, permitted } from './keys/outbound.ts';
import { loadKeyRing } from './keys/ring.ts';
import { sealer } from './keys/seal.ts';
import { derivedSecret } from './keys/secrets.ts';
import { serveMcp } from './mcp/server.ts';
import { openDatabase } from './registry/database.ts';
import { mountAccountChanges } from './routes/account-changes.ts';
import { mountAccounts } from './routes/accounts.ts';
import { mountApprovalPasskeys } from './routes/approval-passkeys.ts';
import { mountApprovals } from './routes/approvals.ts';
import { mountAttest } from './routes/attest.ts';
import { mountAuthorities } from './routes/authorities.ts';
import { mountBanList } from './routes/ban-list.ts';
import { mountBans } from './routes/bans.ts';
import { mountCapApprovals } from './routes/cap-approvals.ts';
import { mountCatalog } from './routes/catalog.ts';
import { App } from './routes/context.ts';
import { mountDashboard } from './routes/dashboard.ts';
import { mountDecisions } from './routes/decisions.ts';
import { mountDocs } from './routes/docs.ts';
import { mountRulesAndPolicies } from './routes/documents.ts';
import { mountEvents } from './routes/events.ts';
import { mountHealth } from './routes/health.ts';
import { mountJobs } from './routes/jobs.ts';
import { mountKeys } from './routes/keys.ts';
import { mountLedger } from './routes/ledger.ts';
import { mountMcp } from './routes/mcp.ts';
import { mountMembers } from './routes/members.ts';
import { mountNamespaces } from './routes/namespaces.ts';
import { mountPasskeys } from './routes/passkeys.ts';
import { mountPolicies } from './routes/policies.ts';
import { mountPolicyHistory } from './routes/policy-history.ts';
import { problem } from './routes/problem.ts';
import { mountProfiles } from './routes/profiles.ts';
import { mountProviders } from './routes/providers.ts';
import { mountPyhall } from './routes/pyhall.ts';
import { mountPyhallRouting } from './routes/pyhall-routing.ts';
import { mountRegistry } from './routes/registry.ts';
import { mountSessions } from './routes/sessions.ts';
import { mountSettings } from './routes/settings.ts';
import { mountSignatories } from './routes/signatories.ts';
import { mountStanding } from './routes/standing.ts';
import { mountTenants } from './routes/tenants.ts';
import { mountTrail } from './routes/trail.ts';
import { unmatched } from './routes/unmatched.ts';
import { mountUsage } from './routes/usage.ts';
import { mountVerify } from './routes/verify.ts';
import { mountWcp } from './routes/wcp.ts';
import { mountWebhooks } from './routes/webhooks.ts';
import { mountWorkers } from './routes/workers.ts';
import type { Deps, NetworkStub, TenantStub, WitnessStub } from './services/deps.ts';
import { IssuerCache } from './services/issuer-cache.ts';
import { mailPort } from './services/mail.ts';

const TENANT_PREFIX = /^\/t\/([^/]+)(\/.*)$/;

const pathOf = (request: Request): string => {
  const path = new URL(request.url).pathname;
  return TENANT_PREFIX.exec(path)?.[2] ?? path;
};

/**
 * A namespace as far as it is used here. The platform's type maps every method of a class; our stubs are written down
 * (`services/deps.ts`), so that work is not done with each check of types.
 */
interface Objects {
  getByName(name: string): unknown;
  jurisdiction(jurisdiction: 'eu' | 'fedramp'): Objects;
}

/** The objects of a log, in the jurisdiction of its tenant. The local runtime is one place and says so; elsewhere this must hold. */
const placed = (objects: Objects, id: LogId): Objects => {
  const jurisdiction = jurisdictionOf(id);
  if (jurisdiction === null) return objects;
  try {
    return objects.jurisdiction(jurisdiction);
  } catch (error) {
    if (/implemented in workerd/.test(String(error))) return objects;
    throw error;
  }
};

/** A setting that need not be there; empty where it is not. */
const optionalText = (env: Env, name: string): string => {
  const value: unknown = Reflect.get(env, name);
  return typeof value === 'string' ? value : '';
};

/** A provider that is configured wrongly lets nobody in, and keeps nobody else out. */
const providersOf = (env: Env): readonly IdentityProvider[] => {
  const read = readProviders(optionalText(env, 'OIDC_PROVIDERS'), optionalText(env, 'OIDC_SECRETS'));
  if (!read.ok) console.error(JSON.stringify({ level: 'error', at: 'OIDC_PROVIDERS', error: read.error }));
  return read.ok ? read.value.filter(({ discovery }) => permitted(discovery, env.OUTBOUND === 'loopback').ok) : [];
};

/** What lives as long as the isolate; `later` and the URL belong to one request. */
export const isolateDeps = (env: Env): Omit<Deps, 'later' | 'publicUrl'> => ({
  tenant: (id) => placed(env.TENANT, id).getByName(id) as TenantStub,
  witness: (id) => placed(env.WITNESS, id).getByName(id) as WitnessStub,
  // One for all tenants: there is one network.
  network: () => (env.NETWORK as Objects).getByName('network') as NetworkStub,
  ring: loadKeyRing(env.SIGNING_KEYS),
  keyTagSecret: env.KEY_TAG_SECRET,
  operatorKey: env.OPERATOR_KEY,
  accountSecret: derivedSecret(env.KEY_TAG_SECRET, 'accounts'),
  mail: mailPort({
    url: env.MAIL_URL,
    from: env.MAIL_FROM,
    token: optionalText(env, 'MAIL_TOKEN'),
    keep: env.MAIL_OUTBOX === 'on',
    fetch: (input, init) => fetch(input, init),
  }),
  providers: providersOf(env),
  db: openDatabase(env.DB),
  archive: env.ARCHIVE,
  outbound: outbound({ fetch: (input, init) => fetch(input, init), loopback: env.OUTBOUND === 'loopback' }),
  banPages: env.BAN_PAGES,
  hookCalls: env.HOOK_CALLS,
  sealer: sealer(derivedSecret(env.KEY_TAG_SECRET, 'webhooks')),
  issuers: new IssuerCache(),
  logOrigin: env.LOG_ORIGIN,
  nowMs: () => Date.now(),
  newId: () => crypto.randomUUID(),
  sleep: (ms) => scheduler.wait(ms),
});

export const createApp = () => {
  const app = new App({ getPath: pathOf });
  let shared: ReturnType<typeof isolateDeps> | undefined;

  app.use(async (c, next) => {
    c.set('requestId', crypto.randomUUID());
    const { pathname, origin } = new URL(c.req.url);
    c.set('pathTenant', TENANT_PREFIX.exec(pathname)?.[1] ?? null);
    shared ??= isolateDeps(c.env);
    c.set('deps', { ...shared, publicUrl: origin, later: (work) => c.executionCtx.waitUntil(work) });
    await next();
    c.res.headers.set('x-request-id', c.get('requestId'));
  });
  // Each header costs a call into the runtime: those that mean nothing for an API, or to browsers of today, are left out.
  app.use(
    secureHeaders({
      crossOriginResourcePolicy: 'cross-origin',
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
    }),
  );
  const preflight = cors({ origin: '*' });
  // Set on the finished reply: a header set before the handler, or with `c.header` after it, copies the whole reply.
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return preflight(c, next);
    await next();
    c.res.headers.set('access-control-allow-origin', '*');
    c.res.headers.set(
      'access-control-expose-headers',
      'x-request-id,preference-applied,idempotency-replayed,retry-after,ratelimit,ratelimit-policy',
    );
  });

  mountHealth(app);
  mountWcp(app);
  mountPyhall(app);
  mountPyhallRouting(app);
  mountStanding(app);
  mountUsage(app);
  mountTenants(app);
  mountKeys(app);
  mountAccounts(app);
  mountAccountChanges(app);
  mountSessions(app);
  mountPasskeys(app);
  mountProviders(app);
  mountMembers(app);
  mountWorkers(app);
  mountNamespaces(app);
  mountAttest(app);
  mountVerify(app);
  mountAuthorities(app);
  mountRegistry(app);
  mountRulesAndPolicies(app);
  mountPolicies(app);
  mountPolicyHistory(app);
  mountSettings(app);
  mountSignatories(app);
  mountDecisions(app);
  mountApprovals(app);
  mountApprovalPasskeys(app);
  mountJobs(app);
  mountCapApprovals(app);
  mountBans(app);
  mountBanList(app);
  mountCatalog(app);
  mountProfiles(app);
  mountLedger(app);
  mountTrail(app);
  mountEvents(app);
  mountMcp(app, serveMcp);
  mountWebhooks(app);
  mountDocs(app);
  mountDashboard(app);

  app.notFound((c) => unmatched(c, app.contracts));
  app.onError((error, c) => {
    console.error(
      JSON.stringify({ level: 'error', request_id: c.get('requestId'), error: String(error), stack: error.stack }),
    );
    return problem(c, refusal('internal_error'));
  });
  return app;
};

export type AppType = ReturnType<typeof createApp>;
