/**
 * The Worker under measurement: the product as it is, and beside it, in the same runtime, what it is compared with: an
 * empty Hono route, a Hono route with one hop to an object, and the append alone. D1 and R2 are on none of the paths
 * that are measured; a stand-in takes the directory row of a new tenant.
 */
import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';
import { createApp } from '../../../src/app.ts';
import { judgeApiKey, parseApiKey } from '../../../src/keys/api-key.ts';
import { type Group, Ledger } from '../../../src/ledger/commit.ts';
import { Network as ProductNetwork } from '../../../src/network/network.ts';
import { Tenant as ProductTenant } from '../../../src/tenant/tenant.ts';
import { Witness as ProductWitness } from '../../../src/witness/witness.ts';
import { appendPlan, SIGNING_KEY_ID } from './append.ts';
import { count, counted, countRows, takeCounts } from './counting.ts';
import { noDatabase } from './no-database.ts';

interface BenchEnv extends Env {
  readonly ECHO: DurableObjectNamespace<Echo>;
  readonly APPENDER: DurableObjectNamespace<Appender>;
  /** `yes`: bindings are counted. */
  readonly COUNTED: string;
}

export class Tenant extends ProductTenant {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    if (env.COUNTED === 'yes') countRows(ctx.storage.sql, 'tenant');
    super(ctx, env);
  }
}

/** Lease renewals are counted too: they run off the decision path. */
export class Network extends ProductNetwork {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    if (env.COUNTED === 'yes') countRows(ctx.storage.sql, 'network');
    super(ctx, env);
  }
}

export class Witness extends ProductWitness {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    if (env.COUNTED === 'yes') countRows(ctx.storage.sql, 'witness');
    super(ctx, env);
  }
}

export class Echo extends DurableObject {
  echo(body: unknown): unknown {
    return body;
  }
}

/** A ledger with nothing around it. */
export class Appender extends DurableObject {
  readonly #ledger: Ledger<object>;

  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(ctx, env);
    this.#ledger = new Ledger({ ctx, tenant: 'append', schema: [], newMemo: () => ({}), reload: () => undefined });
  }

  /** Appends `commits` times `entries` decisions; answers the size. */
  append(commits: number, entries: number): number {
    const group: Group<number> = {
      commands: Array.from({ length: entries }, (_, n) => n),
      idempotency: null,
      signingKeyId: SIGNING_KEY_ID,
    };
    for (let n = 0; n < commits; n++) this.#ledger.commit([group], appendPlan);
    return this.#ledger.log.head.size;
  }
}

const productEnv = (env: BenchEnv): Env => {
  const DB = noDatabase;
  if (env.COUNTED !== 'yes') return { ...env, DB };
  return {
    ...env,
    DB: counted(DB, 'd1'),
    ARCHIVE: counted({} as R2Bucket, 'r2'),
    TENANT: counted(env.TENANT, 'tenant'),
    NETWORK: counted(env.NETWORK, 'network'),
    WITNESS: counted(env.WITNESS, 'witness'),
  };
};

const countFetches = (): void => {
  const real = globalThis.fetch;
  globalThis.fetch = (...args: Parameters<typeof real>) => {
    count('fetch');
    return real(...args);
  };
};

const bench = new Hono<{ Bindings: BenchEnv }>()
  .post('/bench/empty', async (c) => c.json(await c.req.json()))
  .post('/bench/echo', async (c) => c.json(await c.env.ECHO.getByName('echo').echo(await c.req.json())))
  .post('/bench/append', async (c) => {
    const { ledger, commits, entries } = await c.req.json<{ ledger: string; commits: number; entries: number }>();
    return c.json({ size: await c.env.APPENDER.getByName(ledger).append(commits, entries) });
  })
  .post('/bench/auth', async (c) => {
    const { key, times, fresh } = await c.req.json<{ key: string; times: number; fresh: boolean }>();
    const judge = fresh ? judgeApiKey : parseApiKey;
    let known = 0;
    for (let n = 0; n < times; n++) if (judge(key, c.env.KEY_TAG_SECRET) !== null) known++;
    return c.json({ known });
  })
  .post('/bench/counts', (c) => c.json(takeCounts()));

const app = createApp();
let product: Env | undefined;

const start = (env: BenchEnv): Env => {
  if (env.COUNTED === 'yes') countFetches();
  return productEnv(env);
};

// biome-ignore lint/style/noDefaultExport: the runtime asks for it
export default {
  fetch: (request, env, ctx) => {
    if (new URL(request.url).pathname.startsWith('/bench/')) return bench.fetch(request, env, ctx);
    product ??= start(env);
    return app.fetch(request, product, ctx);
  },
} satisfies ExportedHandler<BenchEnv>;
