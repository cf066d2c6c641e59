/** The public registry: may this worker be run (WCP 5.1, 5.3). No credential is needed, and one only selects the tenant. */
import { z } from 'zod';
import { verifyOrUnknown, verifyWorker } from '../services/verify.ts';
import type { App, Ctx } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';

const text = z.string().nullable();
const Verification = z
  .strictObject({
    worker_id: z.string(),
    status: z.enum(['active', 'revoked', 'banned', 'unknown']),
    current_hash: text.meta({ description: 'of the code that may run: 64 hex digits' }),
    banned: z.boolean(),
    ban_reason: text,
    attested_at: text,
    ai_generated: z.boolean().nullable(),
    ai_service: text,
    ai_model: text,
    ai_session_fingerprint: text,
    namespace: text,
    attested: z.boolean(),
    attest_sha256: text,
    ban_status: z.string(),
  })
  .meta({ id: 'Verification' });

const PUBLIC = {
  method: 'get',
  tag: 'Published clients',
  access: 'public',
  credential: 'key',
  ok: { schema: Verification },
} as const;

/** What may be run may change at any moment. */
const fresh = (c: Ctx): void => c.header('cache-control', 'no-store');

export const mountVerify = (app: App): void => {
  mount(
    app,
    {
      ...PUBLIC,
      path: '/api/v1/verify/{id}',
      summary: 'Whether a worker may be run, by its id or its species',
      description:
        'Workers of owned namespaces are public. A worker of a sandbox, and a species, is looked up in the tenant that the path (/t/{tenant}) or the credential selects. What is not known and what is not to be seen are answered alike.',
      problems: ['not_found', 'DENY_BAN_FEED_STALE'],
    },
    async ({ c, deps, caller, param }) => {
      fresh(c);
      return reply(c, await verifyWorker(deps, caller?.tenant ?? c.get('pathTenant'), param('id')));
    },
  );
  mount(
    app,
    {
      ...PUBLIC,
      path: '/wcp/registry/verify/{id}',
      summary: 'The same; what is not known has the status unknown',
      problems: ['not_found', 'DENY_BAN_FEED_STALE'],
    },
    async ({ c, deps, caller, param }) => {
      fresh(c);
      return reply(c, await verifyOrUnknown(deps, caller?.tenant ?? c.get('pathTenant'), param('id')));
    },
  );
};
