/** The catalog (WCP 2.1, 7.1): what is published, by everybody to read; imported by the operator; explained to a tenant. */
import { z } from 'zod';
import { CatalogDocumentSchema } from '../core/registry/catalog/document.ts';
import { ENTITY_KINDS } from '../core/registry/catalog/entity.ts';
import {
  catalogEntity,
  catalogVersions,
  explainId,
  exportCatalog,
  findInCatalog,
  importCatalog,
} from '../services/catalog.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { reply, replyText } from './reply.ts';
import { ListQuery } from './schemas.ts';

const DOCUMENT_BYTES = 2_000_000;
const Entity = z.looseObject({
  id: z.string(),
  kind: z.enum(ENTITY_KINDS),
  name: z.string(),
  status: z.enum(['active', 'deprecated']),
});
const Head = z.looseObject({ version: z.string(), revision: z.int(), hash: z.string(), total_entities: z.int() });

export const mountCatalog = (app: App): void => {
  mountReading(app);
  mountExplaining(app);
  mount(
    app,
    {
      method: 'post',
      path: '/v1/catalog/import',
      summary: 'Add a document to the catalog',
      description:
        'What is published stays: a document of the same or a later version that says otherwise is refused with every member that differs; an entity can only be tombstoned. Ids that a document leaves out stay, too. A document of an earlier version adds what nobody published since. The same document again changes nothing.',
      tag: 'Catalog',
      access: 'operator',
      body: CatalogDocumentSchema,
      bodyJudgedByService: true,
      bodyLimit: DOCUMENT_BYTES,
      ok: {
        schema: z.looseObject({
          catalog: Head,
          imported: z.looseObject({ version: z.string(), hash: z.string(), counts: z.record(z.string(), z.int()) }),
          added: z.int(),
          tombstoned: z.array(z.string()),
        }),
      },
      problems: ['catalog_invalid', 'catalog_contradicted'],
    },
    async ({ c, deps, json: document }) => reply(c, await importCatalog(deps, document)),
  );
};

const mountReading = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/catalog',
      summary: 'Search the catalog',
      tag: 'Catalog',
      access: 'public',
      query: ListQuery.extend({
        q: z.string().max(256).default('').meta({ description: 'words that id, name or description have in them' }),
        kind: z.enum(ENTITY_KINDS).optional().meta({ description: 'only entities of this kind' }),
      }),
      ok: {
        schema: z.looseObject({
          catalog: Head,
          entities: z.array(Entity),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, query }) =>
      json(
        c,
        await findInCatalog(deps, {
          text: query.q,
          kind: query.kind ?? null,
          after: query.cursor ?? null,
          limit: query.limit,
        }),
      ),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/catalog/export',
      summary: 'The catalog in force, or the document of a version',
      description: 'Canonical JSON (RFC 8785): its SHA-256 is the hash by which decisions name the catalog.',
      tag: 'Catalog',
      access: 'public',
      query: z.object({
        version: z.string().max(64).optional().meta({ description: 'the document imported under this version' }),
      }),
      ok: { schema: CatalogDocumentSchema },
      problems: ['not_found'],
    },
    async ({ c, deps, query }) => replyText(c, await exportCatalog(deps, query.version ?? null)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/catalog/versions',
      summary: 'What was imported, newest first',
      tag: 'Catalog',
      access: 'public',
      query: ListQuery.extend({
        cursor: z.coerce.number().int().min(0).optional().describe('next_cursor of the page before'),
      }),
      ok: {
        schema: z.looseObject({
          versions: z.array(z.looseObject({ revision: z.int(), version: z.string(), hash: z.string() })),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, query }) => json(c, await catalogVersions(deps, query.cursor ?? null, query.limit)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/catalog/entities/{entity_id}',
      summary: 'One entity of the catalog',
      tag: 'Catalog',
      access: 'public',
      ok: { schema: Entity },
      problems: ['not_found'],
    },
    async ({ c, deps, param }) => reply(c, await catalogEntity(deps, param('entity_id'))),
  );
};

const mountExplaining = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/catalog/entities/{entity_id}/explain',
      summary: 'What an id is, and what it means in this Hall',
      description:
        'Which enrolled workers have to do with it, which rules route, list, require or recommend it, what superseded it. An id outside the catalog is explained as well, where a worker or a rule knows it.',
      tag: 'Catalog',
      access: 'tenant',
      ok: {
        schema: z.looseObject({
          id: z.string(),
          entity: Entity.nullable(),
          in_catalog: z.boolean(),
          succession: z.array(z.string()),
          workers: z.array(z.looseObject({ worker_id: z.string() })),
          rules: z.array(z.looseObject({ rule_id: z.string(), how: z.string() })),
        }),
      },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => reply(c, await explainId(deps, caller, param('entity_id'))),
  );
};
