/** What is wrong with an OpenAPI 3.1 document, as one line each; knows the format and nothing of the code behind it. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Members = { readonly [name: string]: Json };

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const members = (value: Json | undefined): Members => (isMembers(value) ? value : {});
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
const SCHEMA_TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** Every object of the document with the pointer that leads to it. */
function* objectsIn(value: Json, pointer = '#'): Generator<readonly [string, Members]> {
  if (isMembers(value)) yield [pointer, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield* objectsIn(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

const resolve = (document: Json, pointer: string): Json | undefined => {
  let here: Json | undefined = document;
  for (const step of pointer.split('/').slice(1)) {
    here = members(here)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return here;
};

export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Members;
}

export const operationsOf = (document: Members): readonly PlacedOperation[] =>
  Object.entries(members(document.paths)).flatMap(([path, item]) =>
    Object.entries(members(item)).map(([method, operation]) => ({ path, method, operation: members(operation) })),
  );

const lintOperation = ({ path, method, operation }: PlacedOperation, document: Members): string[] => {
  const found: string[] = [];
  const wants = (holds: boolean, what: string): void => {
    if (!holds) found.push(`${method.toUpperCase()} ${path}: ${what}`);
  };
  wants(METHODS.has(method), 'no such method');
  for (const name of ['operationId', 'summary', 'description'])
    wants(typeof operation[name] === 'string' && operation[name] !== '', `no ${name}`);
  const tags = list(operation.tags);
  const described = list(document.tags).map((tag) => members(tag).name ?? null);
  wants(tags.length === 1 && tags.every((tag) => described.includes(tag)), 'not one described tag');
  wants(Array.isArray(operation.security), 'no security');
  const schemes = members(members(document.components).securitySchemes);
  for (const choice of list(operation.security)) {
    for (const name of Object.keys(members(choice))) wants(name in schemes, `unknown security scheme ${name}`);
  }
  const parameters = list(operation.parameters).map(members);
  const named = parameters.map(({ in: where, name }) => `${where} ${name}`);
  wants(new Set(named).size === named.length, 'a parameter twice');
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => `path ${name}`);
  for (const name of inPath) wants(named.includes(name), `${name} is not declared`);
  for (const parameter of parameters) {
    const label = `parameter ${parameter.name}`;
    wants(
      parameter.in !== 'path' || (inPath.includes(`path ${parameter.name}`) && parameter.required === true),
      `${label} is not in the path, or not required`,
    );
    wants(isMembers(parameter.schema) && Object.keys(parameter.schema).length > 0, `${label} has no schema`);
    wants(
      typeof parameter.description === 'string' && parameter.description !== parameter.name,
      `${label} is not described`,
    );
  }
  const { requestBody } = operation;
  wants(requestBody === undefined || !['get', 'head', 'delete'].includes(method), `a ${method} with a body`);
  wants(requestBody === undefined || members(requestBody).required === true, 'the body is not required');
  if (requestBody !== undefined)
    wants(
      isMembers(members(members(members(requestBody).content)['application/json']).schema),
      'the body has no schema',
    );
  const responses = Object.entries(members(operation.responses));
  wants(
    responses.some(([status]) => status < '400'),
    'no success',
  );
  for (const [status, response] of responses) {
    const { description, content } = members(response);
    wants(/^[1-5][0-9]{2}$/.test(status), `status ${status}`);
    wants(typeof description === 'string' && description !== '', `${status} has no description`);
    const types = Object.keys(members(content));
    wants(types.length > 0 || status === '204', `${status} has no content`);
    if (status >= '400')
      wants(types.length === 1 && types[0] === 'application/problem+json', `${status} is no problem`);
  }
  // Telemetry, answered with 202, takes whatever it is sent.
  const mayRefuseBody = requestBody !== undefined && !responses.some(([status]) => status === '202');
  const wanted = [
    '500',
    ...(list(operation.security).length > 0 ? ['401'] : []),
    ...(mayRefuseBody ? ['400', '413', '415'] : []),
  ];
  for (const status of wanted)
    wants(
      responses.some(([each]) => each === status),
      `no ${status}`,
    );
  return found;
};

export const lintOpenApi = (document: Members): readonly string[] => {
  const found: string[] = [];
  if (document.openapi !== '3.1.0') found.push('openapi is not 3.1.0');
  const { info } = document;
  for (const name of ['title', 'version', 'description', 'license'])
    if (members(info)[name] === undefined) found.push(`info has no ${name}`);
  if (list(document.servers).length === 0) found.push('no servers');
  const operations = operationsOf(document);
  const ids = operations.map(({ operation }) => operation.operationId);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`operationId ${id} twice`);
  const used = new Set(operations.flatMap(({ operation }) => list(operation.tags)));
  for (const tag of list(document.tags).map(members)) {
    if (typeof tag.description !== 'string' || !used.has(tag.name ?? null))
      found.push(`tag ${tag.name} is not described or not used`);
  }
  for (const placed of operations) found.push(...lintOperation(placed, document));
  const referred = new Set<string>();
  for (const [pointer, { $ref, type, required, properties }] of objectsIn(document)) {
    if (typeof $ref === 'string') {
      referred.add($ref);
      if (!$ref.startsWith('#/') || resolve(document, $ref) === undefined)
        found.push(`${pointer}: ${$ref} leads nowhere`);
    }
    if (pointer.includes('/examples/') || pointer.endsWith('/properties')) continue;
    for (const each of Array.isArray(type) ? type : [type]) {
      if (typeof each === 'string' && /schema|Schema/.test(pointer) && !SCHEMA_TYPES.has(each))
        found.push(`${pointer}: type ${each}`);
    }
    for (const name of list(required)) {
      if (typeof name === 'string' && isMembers(properties) && !(name in properties))
        found.push(`${pointer}: required ${name} is no property`);
    }
  }
  for (const name of Object.keys(members(members(document.components).schemas))) {
    if (!referred.has(`#/components/schemas/${name}`)) found.push(`schema ${name} is not used`);
  }
  return found;
};
