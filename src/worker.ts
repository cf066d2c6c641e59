/** Runtime entry: hands requests to the app and exports the Durable Objects. */
import { createApp, isolateDeps } from './app.ts';
import type { BanPage, Deps } from './services/deps.ts';
import { maintain } from './services/maintenance.ts';
import { spreadPage } from './services/spread.ts';
import { carryDeliveries, type HookCall } from './services/webhook-courier.ts';

export { Network } from './network/network.ts';
export { Tenant } from './tenant/tenant.ts';
export { Witness } from './witness/witness.ts';

const app = createApp();

const depsOf = (env: Env, ctx: ExecutionContext): Deps => ({
  ...isolateDeps(env),
  publicUrl: '',
  later: (work) => ctx.waitUntil(work),
});

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: (_, env, ctx) => maintain(depsOf(env, ctx)),
  queue: async ({ messages }, env, ctx) => {
    const deps = depsOf(env, ctx);
    await Promise.all(
      messages.map(({ body }) => ('epoch' in body ? spreadPage(deps, body) : carryDeliveries(deps, body))),
    );
  },
} satisfies ExportedHandler<Env, BanPage | HookCall>;
