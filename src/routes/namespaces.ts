/** Namespaces (WCP 2.1): a tenant's own, and for the operator who owns which. */
import { z } from 'zod';
import { isNamespace } from '../core/registry/namespace.ts';
import { ask } from '../services/ledger.ts';
import {
  assignNamespace,
  claimNamespace,
  giveUpNamespace,
  networkNamespace,
  networkNamespaces,
  takeNamespace,
} from '../services/namespaces.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, EvidenceReceipt, ListQuery } from './schemas.ts';

const Name = z
  .string()
  .refine(isNamespace, { error: 'expected org.<name> or x.<name>' })
  .meta({ examples: ['x.ada'] });
const Held = z.looseObject({ namespace: z.string(), since: z.string() });
const Ownership = z
  .looseObject({
    namespace: z.string(),
    owner: z.string().nullable(),
    former_owner: z.string().nullable(),
    since: z.string(),
    evidence: z.string().nullable(),
    status: z.enum(['settled', 'changing']).describe('`changing` while a former or new owner has not been told'),
    network_seq: z.int().describe('of the entry in the ledger of the network'),
  })
  .meta({ id: 'NamespaceOwnership' });
const OwnershipReply = Ownership.extend({
  terms: z.string().nullable().describe('their SHA-256 is the `terms_hash` of the entry; nobody else is shown them'),
  evidence_receipt: EvidenceReceipt.nullable(),
}).meta({
  id: 'NamespaceChange',
});

export const mountNamespaces = (app: App): void => {
  mountOwn(app);
  mountOperator(app);
};

const mountOwn = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/namespaces',
      summary: 'The namespaces that this tenant owns',
      description:
        'Beside these every tenant has the sandboxes `org.test`, `org.example`, `x.test` and `x.example` for itself.',
      tag: 'Namespaces',
      access: 'tenant',
      ok: { schema: z.looseObject({ namespaces: z.array(Held), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'namespaces' })),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/namespaces',
      summary: 'Claim a namespace `x.<name>`; first come, first served',
      description: 'Claiming what one owns already changes nothing. `org.<name>` is granted by the operator, on proof.',
      tag: 'Namespaces',
      access: 'tenant',
      body: z.strictObject({ namespace: Name }).meta({ id: 'NamespaceClaim' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['namespace_needs_proof', 'namespace_taken', 'namespace_limit'],
    },
    async ({ c, deps, caller, body }) => reply(c, await claimNamespace(deps, caller, body.namespace), 201),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/namespaces/{namespace}',
      summary: 'Give a namespace up',
      description:
        'Only when no worker of it is enrolled. The name is kept: nobody else can claim it, and the operator alone can give it to another tenant.',
      tag: 'Namespaces',
      access: 'tenant',
      ok: { schema: ChangeReply },
      problems: ['namespace_in_use', 'namespace_changing'],
    },
    async ({ c, deps, caller, param }) => reply(c, await giveUpNamespace(deps, caller, param('namespace'))),
  );
};

const mountOperator = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/namespaces',
      summary: 'Who owns which namespace',
      tag: 'Namespaces',
      access: 'operator',
      query: ListQuery,
      ok: {
        schema: z.looseObject({
          namespaces: z.array(Ownership),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, query }) => json(c, await networkNamespaces(deps, query.cursor ?? '', query.limit)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/namespaces/{namespace}',
      summary: 'Who owns a namespace',
      tag: 'Namespaces',
      access: 'operator',
      ok: { schema: Ownership },
      problems: ['not_found'],
    },
    async ({ c, deps, param }) => reply(c, await networkNamespace(deps, param('namespace'))),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/network/namespaces/{namespace}',
      summary: 'Grant a namespace to a tenant, or move it there',
      description:
        'The evidence is recorded as it is given; nothing checks it. Where it is moved, the former owner is told first: its workers there are revoked, and only then may the new owner use the name.',
      tag: 'Namespaces',
      access: 'operator',
      body: z
        .strictObject({
          owner: z.string().meta({ examples: ['acme'], description: 'the id of the tenant' }),
          evidence: z
            .string()
            .min(1)
            .max(2_000)
            .meta({ description: 'on what proof; the public ledger of the network has a salted hash of it' }),
        })
        .meta({ id: 'NamespaceGrant' }),
      ok: { schema: OwnershipReply },
      problems: ['invalid_parameter', 'not_found', 'namespace_changing'],
    },
    async ({ c, deps, body, param }) =>
      reply(c, await assignNamespace(deps, param('namespace'), body.owner, body.evidence)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/namespaces/{namespace}/release',
      summary: 'Take a namespace from its owner',
      description: 'Its workers are revoked there: they are dispatched no more, and grants that are out do not start.',
      tag: 'Namespaces',
      access: 'operator',
      body: z.strictObject({ reason: z.string().min(1).max(1_000) }).meta({ id: 'NamespaceRelease' }),
      ok: { schema: OwnershipReply },
      problems: ['not_found', 'namespace_changing'],
    },
    async ({ c, deps, body, param }) => reply(c, await takeNamespace(deps, param('namespace'), body.reason)),
  );
};
