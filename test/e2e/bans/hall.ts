/**
 * The Worker of the campaign: the product, its objects in trouble (`trouble.ts`), and a watch that sees every admission
 * at the moment it is decided. All of it runs in one isolate, so "after the answer" is exact: whatever a tenant admits
 * once the answer `effective` has left the product, and before the lift is handed to it, is a violation.
 */
import { createApp, isolateDeps } from '../../../src/app.ts';
import { DEMO_RULES, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { parseTenantId } from '../../../src/core/ids.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Network as ProductNetwork } from '../../../src/network/network.ts';
import type { Deps } from '../../../src/services/deps.ts';
import { submit } from '../../../src/services/submit.ts';
import { createTenant } from '../../../src/services/tenants.ts';
import { Bans } from '../../../src/tenant/bans.ts';
import { Dispatches } from '../../../src/tenant/dispatches.ts';
import { Hall } from '../../../src/tenant/hall.ts';
import { Lease } from '../../../src/tenant/lease.ts';
import { Tenant as ProductTenant } from '../../../src/tenant/tenant.ts';
import { noDatabase } from '../../bench/server/no-database.ts';
import { GATE_POLICY } from '../../support/gate-policy.ts';
import { cut, inTrouble, namespaceInTrouble, pause } from './trouble.ts';

export { Witness } from '../../../src/witness/witness.ts';

interface CampaignEnv extends Env {
  /** Which broken variant runs; '' the real one. */
  readonly MUTANT: string;
}

/** Objects that can be thrown out of memory. */
class TenantThatStops extends ProductTenant {
  stop(): void {
    this.ctx.abort('stopped by the campaign');
  }
}
class NetworkThatStops extends ProductNetwork {
  stop(): void {
    this.ctx.abort('stopped by the campaign');
  }
}
export const Tenant = inTrouble(TenantThatStops);
export const Network = inTrouble(NetworkThatStops);

const watch = { isEffective: false, admitted: 0, started: 0, violations: [] as string[] };

/** Notes what a plan admits, in the very step that admits it. */
const watchAdmissions = (): void => {
  const { plan } = Hall.prototype;
  Hall.prototype.plan = function (...args) {
    const planned = plan.apply(this, args);
    for (const { stream, body } of planned.entries) {
      if (stream !== 'wcp' || body.outcome !== 'DISPATCH') continue;
      watch.admitted++;
      if (watch.isEffective) watch.violations.push(`dispatched ${String(body.worker_id)}`);
    }
    return planned;
  };
  const { planStart } = Dispatches.prototype;
  Dispatches.prototype.planStart = function (...args) {
    const planned = planStart.apply(this, args);
    if (planned.entries.some(({ type }) => type === 'wcp.dispatch.started')) {
      watch.started++;
      if (watch.isEffective) watch.violations.push('a grant was redeemed');
    }
    return planned;
  };
};

const MUTANTS: Readonly<Record<string, () => void>> = {
  'no lease check': () => {
    Lease.prototype.isHeld = () => true;
  },
  'ban ignored on wake-up': () => {
    const { view } = Bans.prototype;
    const woken = new WeakMap<Bans, ReturnType<typeof view>>();
    const without = (set: ReadonlySet<string>, known: ReadonlySet<string>): ReadonlySet<string> =>
      new Set([...set].filter((name) => !known.has(name)));
    Bans.prototype.view = function (nowMs) {
      const now = view.call(this, nowMs);
      const first = woken.get(this) ?? now;
      woken.set(this, first);
      return {
        ...now,
        workers: without(now.workers, first.workers),
        namespaces: without(now.namespaces, first.namespaces),
        artifacts: without(now.artifacts, first.artifacts),
      };
    };
  },
};

const envInTrouble = (env: CampaignEnv): CampaignEnv => ({
  ...env,
  DB: noDatabase,
  TENANT: namespaceInTrouble(env.TENANT, 'tenant'),
  NETWORK: namespaceInTrouble(env.NETWORK, 'network'),
  WITNESS: namespaceInTrouble(env.WITNESS, 'witness'),
});

/** A tenant with the demo's workers, rules and policy; answers its key. */
const openTenant = async (deps: Deps, name: string): Promise<string> => {
  const created = await createTenant(deps, name, { name, environment: 'test' });
  const tenant = parseTenantId(name);
  if (!created.ok || tenant === null) throw new Error(`no tenant ${name}`);
  const publish = { kind: 'document.publish', version: null, force: false } as const;
  const opened = await submit(deps, { tenant, credential: { kind: 'operator' } }, [
    ...DEMO_WORKERS.map((record) => ({
      kind: 'worker.enrol' as const,
      record: record as JsonObject,
      artifactHash: sha256Hex(canonicalJson(record)),
    })),
    { ...publish, document: 'rules', content: DEMO_RULES as JsonObject },
    { ...publish, document: 'policy', content: GATE_POLICY as JsonObject },
  ]);
  if (!opened.ok || opened.value.replies.some(({ kind }) => kind === 'refused')) throw new Error('not opened');
  return String(created.value.api_key);
};

interface Trouble {
  readonly cut: readonly string[];
  readonly paused: readonly string[];
  readonly ms: number;
}

const control: Readonly<Record<string, (env: CampaignEnv, body: JsonObject, deps: Deps) => Promise<unknown>>> = {
  tenants: async (_, { from, count }, deps) => {
    const names = Array.from({ length: Number(count) }, (__, at) => `t-${Number(from) + at}`);
    return { keys: await Promise.all(names.map((name) => openTenant(deps, name))) };
  },
  trouble: async (_, body) => {
    const { cut: unreachable, paused, ms } = body as unknown as Trouble;
    for (const tenant of unreachable) cut(tenant, ms);
    for (const tenant of paused) pause(tenant, ms);
    return {};
  },
  stop: async (env, { tenants, network }) => {
    const stopped = (tenants as readonly string[]).map((name) => env.TENANT.getByName(name));
    if (network === true) stopped.push(env.NETWORK.getByName('network') as never);
    const stubs = stopped as unknown as readonly { stop(): Promise<void> }[];
    // It stops before it can answer.
    await Promise.allSettled(stubs.map((stub) => stub.stop()));
    return {};
  },
  watch: async () => ({ ...watch }),
};

const app = createApp();
let troubled: CampaignEnv | undefined;

const start = (env: CampaignEnv): CampaignEnv => {
  console.error = () => {};
  MUTANTS[env.MUTANT]?.();
  // Last, so that it sees what the broken variant admits.
  watchAdmissions();
  return envInTrouble(env);
};

const BAN = /^\/v1\/network\/bans(?:\/[^/]+)?$/;

// biome-ignore lint/style/noDefaultExport: the runtime asks for it
export default {
  fetch: async (request, env, ctx) => {
    troubled ??= start(env);
    const { pathname } = new URL(request.url);
    const [, group, verb = ''] = pathname.split('/');
    if (group === 'campaign') {
      const deps = { ...isolateDeps({ ...env, DB: noDatabase }), publicUrl: '', later: () => {} };
      const answer = await control[verb]?.(env, await request.json(), deps);
      return Response.json(answer ?? {});
    }
    if (pathname.endsWith('/lift')) watch.isEffective = false;
    const response = await app.fetch(request, troubled, ctx);
    if (!BAN.test(pathname)) return response;
    const text = await response.text();
    if (text.includes('"status":"effective"')) watch.isEffective = true;
    return new Response(text, response);
  },
} satisfies ExportedHandler<CampaignEnv>;
