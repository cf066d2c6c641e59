/** Liveness and the public keys. */
import { z } from 'zod';
import { publishedKeys, VERSION } from '../services/discovery.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';

export const mountHealth = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/health',
      summary: 'Whether the service answers',
      tag: 'Service',
      access: 'public',
      ok: { schema: z.object({ ok: z.boolean(), status: z.string(), version: z.string(), timestamp: z.string() }) },
    },
    ({ c, deps }) =>
      json(c, { ok: true, version: VERSION, status: 'ok', timestamp: new Date(deps.nowMs()).toISOString() }),
  );

  mount(
    app,
    {
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'Public keys that verify receipts, grants and checkpoints',
      tag: 'Service',
      access: 'public',
      ok: {
        schema: z.object({
          keys: z.array(
            z.object({
              kty: z.string(),
              crv: z.string(),
              x: z.string(),
              kid: z.string(),
              use: z.string(),
              alg: z.string(),
              name: z.string().optional().meta({ description: 'the name a witness key signs under' }),
            }),
          ),
        }),
      },
    },
    ({ c, deps }) => {
      c.header('cache-control', 'public, max-age=300');
      return json(c, publishedKeys(deps));
    },
  );
};
