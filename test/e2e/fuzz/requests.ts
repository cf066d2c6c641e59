/** The n-th request of a campaign: a route of the API description, asked well, nearly well, or not at all. */
import { Random } from './random.ts';
import { damaged, fromSchema, hostile, isMembers, type Json, type Members, mutated } from './values.ts';

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly described: Members;
}

export interface Target {
  /** Every operation; one with a body several times, since more can go wrong there. */
  readonly weighted: readonly Operation[];
  readonly schemas: Members;
  readonly key: string;
  readonly operatorKey: string;
  readonly tenant: string;
  /** Texts that mean something to the service: ids, versions, grants, capabilities. */
  readonly words: readonly string[];
  /** Bodies that were accepted, by operation. */
  readonly good: Readonly<Record<string, Json>>;
  /** What parameters of a path may name, by the parameter. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Paths that lead to something, where chance would hardly find one. */
  readonly paths: Readonly<Record<string, string>>;
}

export interface FuzzRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

export const operationsIn = (document: Members): readonly Operation[] =>
  Object.entries(isMembers(document.paths) ? document.paths : {}).flatMap(([path, item]) =>
    Object.entries(isMembers(item) ? item : {}).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      described: isMembers(described) ? described : {},
    })),
  );

export const labelOf = ({ method, path }: Operation): string => `${method} ${path}`;

const BODY_WEIGHT = 4;
export const weighted = (operations: readonly Operation[]): readonly Operation[] =>
  operations.flatMap((operation) =>
    Array<Operation>(schemaOf(operation) === undefined ? 1 : BODY_WEIGHT).fill(operation),
  );

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE'];
const PATHS = [
  '/',
  '//',
  '/t/',
  '/t/demo',
  '/v1',
  '/v1/',
  '/wcp/route/',
  '/%2e%2e/wcp/route',
  '/wcp/%00',
  '/v1/workers/%E0%A4%A',
  '/v1/workers/%zz',
  '/.well-known/',
  '/docs/../openapi.json',
  '/index.php?x[]=1',
  `/${'a'.repeat(6000)}`,
  '/v1/ledger/receipts/%2F',
  '/v1/ledger/entries?from=1&from=2',
  '/v1/ledger/proofs/-1',
  '/v1/ledger/receipts/99999999999999',
  '/?%',
  '/\\',
  '/v1/workers/__proto__',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/problem+json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
  'application/json;',
  '/',
  'application/json, text/html',
];

const resolved = (path: string, random: Random, target: Target): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const known = target.ids[name];
    if (known !== undefined && random.chance(0.6)) return encodeURIComponent(random.pick(known));
    const value = random.chance(0.85) ? random.pick(target.words) : random.text(1 + random.below(30));
    return encodeURIComponent(value.isWellFormed() ? value : 'x') || 'x';
  });

const parametersOf = ({ described }: Operation): readonly Members[] =>
  (Array.isArray(described.parameters) ? described.parameters : []).filter((each): each is Members => isMembers(each));

const queryOf = (operation: Operation, random: Random, target: Target): string => {
  const pairs = parametersOf(operation)
    .filter((each) => each.in === 'query' && (each.required === true || random.chance(0.4)))
    .map((each) => {
      const value = random.chance(0.7)
        ? fromSchema(each.schema, target.schemas, random, target.words)
        : hostile(random, 4);
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      return `${encodeURIComponent(String(each.name))}=${encodeURIComponent(text.toWellFormed()).slice(0, 2000)}`;
    });
  // What is streamed would go on for minutes.
  if (operation.path === '/v1/events') pairs.unshift('max_s=0');
  if (random.chance(0.05)) pairs.push(encodeURIComponent(random.text(6).toWellFormed()));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

const schemaOf = ({ described }: Operation): Json | undefined => {
  const { requestBody } = described;
  const content =
    isMembers(requestBody) && isMembers(requestBody.content) ? requestBody.content['application/json'] : undefined;
  return isMembers(content) ? content.schema : undefined;
};

/** What the description itself gives as an example. */
const exampleOf = ({ described }: Operation): Json | undefined => {
  const { requestBody } = described;
  const content =
    isMembers(requestBody) && isMembers(requestBody.content) ? requestBody.content['application/json'] : undefined;
  const [first] = isMembers(content) && isMembers(content.examples) ? Object.values(content.examples) : [];
  return isMembers(first) ? first.value : undefined;
};

const bodyOf = (operation: Operation, random: Random, target: Target): Uint8Array | null => {
  const schema = schemaOf(operation);
  if (schema === undefined) return random.chance(0.05) ? random.bytes(random.below(60)) : null;
  const encode = (value: Json): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const known = target.good[labelOf(operation)] ?? exampleOf(operation);
  const wellFormed =
    known !== undefined && random.chance(0.5) ? known : fromSchema(schema, target.schemas, random, target.words);
  switch (random.below(12)) {
    case 0:
      return random.bytes(random.below(300));
    case 1:
      return encode(hostile(random));
    case 2:
    case 3:
      return damaged(JSON.stringify(wellFormed), random);
    case 4:
    case 5:
    case 6:
      return encode(mutated(wellFormed, random));
    case 7:
      return encode(mutated(mutated(mutated(wellFormed, random), random), random));
    default:
      return encode(wellFormed);
  }
};

const VISIBLE = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');

const headersOf = (operation: Operation, random: Random, target: Target, hasBody: boolean): Record<string, string> => {
  const isOperators = /^\/v1\/(tenants|network)\b/.test(operation.path);
  const headers: Record<string, string> = { authorization: `Bearer ${isOperators ? target.operatorKey : target.key}` };
  if (hasBody) headers['content-type'] = 'application/json';
  if (random.chance(0.8)) return headers;
  switch (random.below(9)) {
    case 0:
      delete headers.authorization;
      break;
    case 1:
      headers.authorization = random.pick([
        'Bearer',
        'Bearer  ',
        'Basic Og==',
        'bearer x',
        `Bearer ${VISIBLE(random.text(60))}`,
        `DispatchGrant ${random.pick(target.words)}`,
        `Bearer ${target.key}x`,
        `Bearer ${target.operatorKey}`,
      ]);
      break;
    case 2:
      headers['content-type'] = random.pick(TYPES);
      break;
    case 3:
      headers['idempotency-key'] = random.chance(0.5)
        ? random.pick(['a', 'b', 'c'])
        : VISIBLE(random.text(random.below(300)));
      break;
    case 4:
      headers.prefer = random.pick(['proof', 'respond-async, proof', 'proof=1', ',,,proof', VISIBLE(random.text(20))]);
      break;
    case 5:
      headers['content-encoding'] = random.pick(['gzip', 'br', 'identity', 'x']);
      break;
    case 6:
      headers[`x-${random.below(1000)}`] = 'v'.repeat(random.below(4000));
      break;
    case 7:
      headers.origin = random.pick(['null', 'https://evil.example', VISIBLE(random.text(10))]);
      headers['access-control-request-method'] = 'POST';
      break;
    default:
      headers.accept = random.pick(['text/html', 'application/xml;q=1', '*/*', VISIBLE(random.text(10))]);
      headers['x-forwarded-for'] = VISIBLE(random.text(10));
  }
  return headers;
};

export const requestAt = (seed: number, index: number, target: Target): FuzzRequest => {
  const random = new Random(seed, index);
  const operation = random.pick(target.weighted);
  const body = bodyOf(operation, random, target);
  let method = random.chance(0.95) ? operation.method : random.pick(METHODS);
  let path = `${resolved(operation.path, random, target)}${queryOf(operation, random, target)}`;
  const known = target.paths[labelOf(operation)];
  if (known !== undefined && random.chance(0.4)) path = known;
  if (random.chance(0.04))
    path = `/t/${encodeURIComponent(random.pick([target.tenant, 'other', '..', VISIBLE(random.text(5))]))}${path}`;
  if (random.chance(0.03)) path = random.pick(PATHS);
  // A GET with a body is a matter of the HTTP client, not of the service.
  if (body !== null && method === 'GET') method = 'POST';
  return { operation, method, path, headers: headersOf(operation, random, target, body !== null), body };
};
