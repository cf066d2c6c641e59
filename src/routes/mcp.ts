/** The HTTP door of the MCP endpoint: authenticates and reads as every route does; `src/mcp` answers. */
import { z } from 'zod';
import { SCOPES } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import type { RefusalCode } from '../core/refusal.ts';
import { type Caller, counted } from '../services/caller.ts';
import type { Deps } from '../services/deps.ts';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { baseOf, json, mount, RESOURCE_METADATA } from './factory.ts';
import { problem, problemOf } from './problem.ts';

/** What answers a message; given by the composition root, since routes and MCP are two skins that do not know each other. */
export type McpServe = (call: {
  readonly deps: Deps;
  readonly caller: Caller;
  readonly request: Request;
  readonly message: JsonObject;
  readonly underscores: boolean;
  readonly explain: (code: RefusalCode) => { readonly title: string; readonly code: string };
}) => Promise<Response>;

const Message = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string(), z.number()]).optional(),
    method: z.string().max(256).optional(),
    params: z.looseObject({}).optional(),
  })
  .meta({ id: 'McpMessage' });

/**
 * What MCP clients look up when they are refused (RFC 9728); under a tenant's path it describes the endpoint there, whether
 * or not there is such a tenant. It names no authorization server: keys are given out by who administers a tenant.
 */
const mountMetadata = (app: App): void =>
  mount(
    app,
    {
      method: 'get',
      path: `${RESOURCE_METADATA}/mcp`,
      summary: 'Metadata of the endpoint for MCP as a protected resource (RFC 9728)',
      tag: 'MCP',
      access: 'public',
      ok: {
        schema: z.object({
          resource: z.url(),
          resource_name: z.string(),
          resource_documentation: z.url(),
          bearer_methods_supported: z.array(z.literal('header')),
          scopes_supported: z.array(z.string()),
        }),
      },
    },
    ({ c, deps }) =>
      json(c, {
        resource: `${baseOf(c)}/mcp`,
        resource_name: 'Guildhall',
        resource_documentation: `${deps.publicUrl}/docs`,
        bearer_methods_supported: ['header'],
        scopes_supported: SCOPES,
      }),
  );

export const mountMcp = (app: App, serve: McpServe): void => {
  mountMetadata(app);
  mount(
    app,
    {
      method: 'post',
      path: '/mcp',
      summary: 'The tools of a Hall for MCP clients (streamable HTTP, stateless)',
      description:
        'Both protocol eras: 2026-07-28 without a session, and those that begin with `initialize`. The tools do not grow with the number of workers. What a tool refuses is its result, with `isError` and our `code`.',
      tag: 'MCP',
      access: 'tenant',
      protectedResource: true,
      body: Message,
      examples: { tools: { summary: 'List the tools', value: { jsonrpc: '2.0', id: 1, method: 'tools/list' } } },
      query: z.object({
        names: z
          .enum(['dots', 'underscores'])
          .default('dots')
          .meta({ description: 'how tools are named in the list; both names can be called' }),
      }),
      ok: { schema: Message, or: 202 },
    },
    async ({ c, deps, caller, json: message, query }) => {
      // Not every message leads to the tenant: who may not come in at all is told so for any of them.
      const known = await ask(deps, caller, { kind: 'enter' });
      if (!known.ok) return problem(c, known.error);
      return serve({
        deps,
        caller: counted(caller),
        request: c.req.raw,
        message,
        underscores: query.names === 'underscores',
        explain: problemOf,
      });
    },
  );
};
