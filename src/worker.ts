/** Runtime entry: hands requests to the app and exports the Durable Objects. */
import { createApp, isolateDeps } from './app.ts';
import { maintain } from './services/projections.ts';

export { Network } from './network/network.ts';
export { Tenant } from './tenant/tenant.ts';
export { Witness } from './witness/witness.ts';

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: (_, env, ctx) => maintain({ ...isolateDeps(env), publicUrl: '', later: (work) => ctx.waitUntil(work) }),
} satisfies ExportedHandler<Env>;
