/**
 * The API description: OpenAPI 3.1 made from the contracts of what is mounted and from the zod schemas they name.
 * Schemas with an id become components; OpenAPI 3.1 takes JSON Schema 2020-12 as it is, so zod's own output is used.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { RefusalCode } from '../core/refusal.ts';
import { VERSION } from '../services/discovery.ts';
import type { Access, AnyContract, Schema } from './contract.ts';
import { ProblemSchema, problemOf } from './problem.ts';

type Components = Map<string, JsonObject>;

export interface ApiDescription {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>>; readonly [part: string]: object };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly [member: string]: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonObject;
}

type Content = Readonly<Record<string, { readonly schema: JsonObject; readonly examples?: JsonObject }>>;

const TAGS: Readonly<Record<string, string>> = {
  WCP: 'The Worker Class Protocol: ask for a capability, report what became of it, see what a Hall offers.',
  'Published clients': 'Routes that published clients of the Hall API call, with their paths and members.',
  Workers: 'Enrol workers, replace their records, hear from them, retire them.',
  Namespaces: 'Who may enrol workers under which name: `x.*` is claimed, `org.*` is granted on proof.',
  Rules: 'Routing rules: which worker may do what, where, under which controls. Published whole, by version.',
  Policies:
    'The policy that rules with a gate and jobs ask. Saved as bundles, tried on questions and on history, published, rolled back.',
  Signatories: 'Issuers of tokens that say who speaks: what they may say, and whether a token would be taken.',
  Settings: 'The floors of a Hall: what no rule can go below.',
  Approvals: 'What waits for people, and what they answered.',
  Jobs: 'Governed jobs: judged by the policy before anybody sees them.',
  MCP: 'The same verbs as tools for agents.',
  Webhooks:
    'Who is told of what happens: signed messages, tried again until they arrive, each from an entry of the ledger.',
  Decisions: 'What was decided, and the same decision computed again from the ledger.',
  Bans: 'What no Hall may dispatch: the list of the network, and the list of one Hall.',
  Profiles: 'Named postures: what they demand, which framework controls that supports, and what they would change.',
  Catalog:
    'What capabilities, species, controls, policies, profiles and events there are: one catalog for all Halls of this service.',
  Ledger: 'The signed, append-only record: entries, receipts, proofs, checkpoints, and the export to verify offline.',
  Accounts: 'People: signing up and in, sessions, lost passwords.',
  Members: 'Who belongs to a tenant, in which role, and who is invited.',
  Keys: 'API keys and their scopes.',
  Tenants: 'For the operator of this service.',
  Service: 'The service itself: liveness, public keys, this description.',
};

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  approval_id: 'the pending_approval_id of a decision that waits for a person',
  credential_id: 'the id of a passkey, base64url',
  job_id: 'the id of a job; for an approval its own id is good, too',
  trace_id: 'what the submitter named, or was told',
  decision_id: 'the decision_id of a routing decision',
  worker_id: 'the worker_id of an enrolled worker',
  authority_id: 'the name that this tenant gives to an authority',
  key_id: 'the key_id of an API key',
  tenant: 'the id of a tenant',
  user_id: 'the user_id of a member',
  invitation_id: 'the invitation_id of an invitation',
  session_id: 'the session_id of a session',
  passkey_id: 'the passkey_id of a passkey',
  provider: 'the id of an identity provider',
  namespace: 'a namespace, `org.<name>` or `x.<name>`',
  ban_id: 'the ban_id of a ban',
  profile_id: 'the id of a profile, such as prof.prod.strict',
  report_id: 'the report_id of a report',
  entity_id: 'an id such as cap.doc.summarize',
  bundle_id: 'the id of a bundle, with `~` or `%2F` for its `/`',
  snapshot_id: 'the id or the hash of a snapshot',
  signatory_id: 'the signatory_id of a signatory',
  webhook_id: 'of a webhook: `whk_…`',
  id: 'a seq, a receipt_id or a decision_id',
};

const SECURITY_SCHEMES = {
  apiKeyHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same key, as CAP’s clients send it.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'guildhall.session_token',
    description: 'Somebody who is signed in; over https the name begins with `__Secure-`. Changes need `Origin`, too.',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key of the tenant; it names the tenant. Under /t/{tenant} also a token of a signatory of that tenant, with the scopes that the signatory gives; one that is bound to a key comes as `DPoP`, with a DPoP proof.',
  },
  sessionCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'pyhall_session',
    description: 'An API key for published clients that keep it in a cookie. Not taken from another site’s page.',
  },
  dispatchGrant: {
    type: 'http',
    scheme: 'DispatchGrant',
    description: 'The `dispatch_grant` of a decision: opens this one dispatch, with no API key.',
  },
  operatorKey: { type: 'http', scheme: 'bearer', description: 'The key of the operator of this service.' },
} as const;

/** What any route of an access may refuse. */
const COMMON: Readonly<Record<Access, readonly RefusalCode[]>> = {
  public: ['internal_error'],
  tenant: [
    'unauthorized',
    'foreign_origin',
    'insufficient_scope',
    'address_not_allowed',
    'not_found',
    'rate_limited',
    'ledger_frozen',
    'ledger_unwitnessed',
    'overloaded',
    'internal_error',
  ],
  account: ['unauthorized', 'foreign_origin', 'internal_error'],
  operator: ['unauthorized', 'ledger_frozen', 'ledger_unwitnessed', 'overloaded', 'internal_error'],
};
const OF_BODY: readonly RefusalCode[] = [
  'invalid_json',
  'duplicate_member',
  'invalid_body',
  'body_too_large',
  'body_too_deep',
  'unsupported_media_type',
];

const refusalsOf = (contract: AnyContract): readonly RefusalCode[] => [
  ...COMMON[contract.credential === undefined ? contract.access : 'tenant'],
  ...(contract.body === undefined || contract.bodyTolerated ? [] : OF_BODY),
  ...(contract.query === undefined ? [] : (['invalid_parameter'] as const)),
  ...(contract.idempotent === true ? (['idempotency_key_invalid', 'idempotency_mismatch'] as const) : []),
  ...(contract.problems ?? []),
];

const inComponents = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(inComponents);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string'
        ? member.replace('#/$defs/', '#/components/schemas/').replace(/__schema\d+$/, 'Json')
        : inComponents(member),
    ]),
  );
};

/** The schema, with what it defines moved to `components`. The one recursive schema without an id is JSON itself. */
const schemaOf = (schema: Schema, io: 'input' | 'output', components: Components): JsonObject => {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as unknown as JsonObject;
  const { $schema: _, $defs, ...own } = made;
  for (const [name, definition] of Object.entries(($defs ?? {}) as JsonObject)) {
    const component = inComponents(definition) as JsonObject;
    const as = name.startsWith('__schema') ? 'Json' : name;
    const known = components.get(as);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(component)) {
      throw new Error(`two schemas are called ${as}`);
    }
    components.set(as, component);
  }
  return inComponents(own) as JsonObject;
};

const problemResponse = (status: number, codes: readonly RefusalCode[], words: AnyContract['words']) => {
  const facts = codes.map((code) => problemOf(code, words));
  const published = [...new Set(facts.map(({ code }) => code))];
  return {
    description: facts.map(({ code, title }) => `\`${code}\`: ${title}`).join('; '),
    headers: {
      ...REQUEST_ID,
      ...(status === 401 ? { 'www-authenticate': { schema: { type: 'string' } } } : {}),
      ...(status === 429 || status === 503
        ? { 'retry-after': { schema: { type: 'integer' }, description: 'seconds' } }
        : {}),
      ...(status === 429 ? RATE_LIMIT : {}),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: published } } }],
        },
      },
    },
  };
};

const RATE_LIMIT = {
  'ratelimit-policy': { schema: { type: 'string' }, description: 'the limit: `"key";q=<requests>;w=<seconds>`' },
  ratelimit: { schema: { type: 'string' }, description: 'what is left: `"key";r=<requests>;t=<seconds until more>`' },
} as const;

const REQUEST_ID = { 'x-request-id': { $ref: '#/components/headers/RequestId' } } as const;

const problemResponses = (codes: readonly RefusalCode[], words: AnyContract['words']) => {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of new Set(codes)) {
    const { status } = problemOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, of]) => [String(status), problemResponse(status, of, words)] as const);
};

const parametersOf = (contract: AnyContract): Parameter[] => {
  const inPath = [...contract.path.matchAll(/\{(\w+)\}/g)].map(
    ([, name = '']): Parameter => ({
      name,
      in: 'path',
      required: true,
      description: PATH_PARAMETERS[name] ?? name,
      schema: { type: 'string', minLength: 1 },
    }),
  );
  const query = contract.query === undefined ? {} : (z.toJSONSchema(contract.query, { io: 'input' }) as JsonObject);
  const required = new Set((query.required ?? []) as readonly string[]);
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, JsonObject>).map(
    ([name, { description, ...schema }]): Parameter => ({
      name,
      in: 'query',
      required: required.has(name),
      description: typeof description === 'string' ? description : name.replaceAll('_', ' '),
      schema,
    }),
  );
  const key: Parameter = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'The same key and request give the same answer again, and change nothing.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  };
  return [...inPath, ...inQuery, ...(contract.idempotent === true ? [key] : [])];
};

const securityOf = ({ access, credential }: AnyContract): Operation['security'] => {
  if (access === 'operator') return [{ operatorKey: [] }];
  if (access === 'account') return [{ session: [] }];
  const key = [{ apiKey: [] }, { apiKeyHeader: [] }, { sessionCookie: [] }];
  if (access === 'tenant') return [...key, { session: [] }];
  if (credential === undefined) return [];
  return credential === 'key' ? [...key, {}] : [...key, { dispatchGrant: [] }, {}];
};

const operationOf = (contract: AnyContract, components: Components): Operation => {
  const { method, path, summary, description = summary, tag, ok, body, examples } = contract;
  const parameters = parametersOf(contract);
  const success = {
    description: summary,
    headers: REQUEST_ID,
    content:
      ok.status === 204
        ? {}
        : { [ok.type ?? 'application/json']: { schema: schemaOf(ok.schema, 'output', components) } },
  };
  return {
    operationId: `${method}_${path.replaceAll(/[^a-zA-Z0-9]+/g, '_').replaceAll(/^_|_$/g, '')}`,
    summary,
    description,
    tags: [tag],
    security: securityOf(contract),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: schemaOf(body, 'input', components),
                ...(examples === undefined ? {} : { examples: examples as unknown as JsonObject }),
              },
              ...(contract.yaml === true ? { 'application/yaml': { schema: { type: 'string' } } } : {}),
            },
          },
        }),
    responses: {
      [ok.status ?? 200]: success,
      ...(ok.or === undefined ? {} : { [ok.or]: success }),
      ...Object.fromEntries(problemResponses(refusalsOf(contract), contract.words)),
    },
  };
};

/** The description of these routes, served from `origin`. */
export const describeApi = (contracts: readonly AnyContract[], origin: string): ApiDescription => {
  const components: Components = new Map();
  schemaOf(ProblemSchema, 'output', components);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const contract of contracts) {
    const operations = paths[contract.path] ?? {};
    operations[contract.method] = operationOf(contract, components);
    paths[contract.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guildhall',
      version: VERSION,
      summary: 'The managed Hall for AI workers.',
      description:
        'Every decision leaves a signed receipt that anyone can check. Errors are RFC 9457 problem details with a stable `code`; a denial is not an error but a decision. Lists are paged: pass `next_cursor` as `cursor`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: origin, description: 'The tenant is the one that the credential names.' },
      {
        url: `${origin}/t/{tenant}`,
        description: 'The same with the tenant in the path; a credential of another tenant finds nothing there.',
        variables: { tenant: { default: 'demo', description: 'the id of the tenant' } },
      },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
      headers: { RequestId: { description: 'Names this request in our logs.', schema: { type: 'string' } } },
      securitySchemes: SECURITY_SCHEMES,
    },
  };
};
