/** The reference page: every operation of the API description, with an anchor of its own, and every named schema. */
import type { JsonObject } from '../core/json.ts';
import { type Html, layout, markup, none, prose } from './docs-page.ts';
import { membersOf, schemaView, typeOf } from './docs-schema.ts';
import type { ApiDescription, Operation, Parameter } from './openapi.ts';

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const placedIn = (api: ApiDescription): readonly Placed[] =>
  Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );

const CREDENTIAL: Readonly<Record<string, string>> = {
  apiKey: 'an API key',
  dispatchGrant: 'the dispatch grant',
  operatorKey: 'the operator’s key',
};

const credentials = ({ security }: Operation): string => {
  const named = security.flatMap((choice) => Object.keys(choice)).map((name) => CREDENTIAL[name] ?? name);
  if (named.length === 0) return 'No credential.';
  const isOptional = security.some((choice) => Object.keys(choice).length === 0);
  return `Credential: ${named.join(' or ')}${isOptional ? ('dispatchGrant' in (security[1] ?? {}) ? ', or the grant in the body' : ', or none') : ''}.`;
};

const parameterRow = ({ name, in: where, required, description, schema }: Parameter): Html =>
  markup`<li><code>${name}</code> <span class="type">${where}, ${typeOf(schema)}</span>${required ? markup` <span class="required">required</span>` : none} — ${prose(description)}</li>`;

interface ExampleObject {
  readonly summary: string;
  readonly value: unknown;
}

const curl = (origin: string, { path, method, operation }: Placed, body: unknown): Html => {
  const lines = [`curl -s ${origin}${path}`];
  if (method !== (body === undefined ? 'get' : 'post')) lines.push(`-X ${method.toUpperCase()}`);
  const [first] = operation.security;
  if (first !== undefined)
    lines.push(`-H "authorization: Bearer $${'operatorKey' in first ? 'OPERATOR_KEY' : 'GUILDHALL_KEY'}"`);
  if (body !== undefined) lines.push("-H 'content-type: application/json'", `-d '${JSON.stringify(body)}'`);
  return markup`<pre>${lines.join(' \\\n  ')}</pre>`;
};

const requestView = (origin: string, placed: Placed): Html => {
  const { requestBody } = placed.operation;
  if (requestBody === undefined)
    return markup`<details><summary>curl</summary>${curl(origin, placed, undefined)}</details>`;
  const content = requestBody.content['application/json'];
  const examples = Object.values((content?.examples ?? {}) as Record<string, JsonObject>) as unknown as ExampleObject[];
  const shown = examples.map((each) => markup`<p class="soft">${each.summary}</p>${curl(origin, placed, each.value)}`);
  return markup`<h4>Body</h4>${schemaView(content?.schema ?? {})}${shown}`;
};

const responseRow = ([status, { description, content }]: [string, Operation['responses'][string]]): Html => {
  const [type = '', media] = Object.entries(content)[0] ?? [];
  const shape =
    type === 'application/problem+json' || media === undefined
      ? none
      : markup`<br><span class="type">${type}</span>${schemaView(media.schema)}`;
  return markup`<tr><td>${status}</td><td>${description.split('; ').map((part, at) => markup`${at === 0 ? none : markup`<br>`}${linked(part)}`)}${shape}</td></tr>`;
};

/** A code of a problem leads to what it means. */
const linked = (text: string): Html => {
  const [, code, rest] = /^`(\w+)`(.*)$/.exec(text) ?? [];
  return code === undefined
    ? prose(text)
    : markup`<a href="/docs/problems#${code}"><code>${code}</code></a>${rest ?? ''}`;
};

const operationView = (origin: string, placed: Placed): Html => {
  const { path, method, operation } = placed;
  const { operationId, summary, description, parameters = [], responses } = operation;
  return markup`<section class="operation" id="${operationId}">
<h3>${summary} <a class="soft" href="#${operationId}" aria-label="Link to ${summary}">#</a></h3>
<div class="path"><span class="verb ${method}">${method}</span>${path}</div>
${description === summary ? none : markup`<p>${prose(description)}</p>`}
<p class="soft">${credentials(operation)}</p>
${parameters.length === 0 ? none : markup`<h4>Parameters</h4><ul class="members">${parameters.map(parameterRow)}</ul>`}
${requestView(origin, placed)}
<details><summary>Answers</summary><table><tbody>${Object.entries(responses).map(responseRow)}</tbody></table></details>
</section>`;
};

export const referencePage = (api: ApiDescription, origin: string): string => {
  const all = placedIn(api);
  const groups = api.tags.map((tag) => ({
    ...tag,
    placed: all.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-');
  const nav = groups.map(
    ({ name, placed }) =>
      markup`<h2><a href="#${anchor(name)}">${name}</a></h2><ul>${placed.map(
        ({ path, method, operation }) =>
          markup`<li><a href="#${operation.operationId}" title="${operation.summary}"><span class="verb ${method}">${method}</span><span class="path">${path}</span></a></li>`,
      )}</ul>`,
  );
  const sections = groups.map(
    ({ name, description, placed }) =>
      markup`<h2 id="${anchor(name)}">${name}</h2><p class="soft">${description}</p>${placed.map((each) => operationView(origin, each))}`,
  );
  const schemas = Object.entries(api.components.schemas).map(
    ([name, schema]) =>
      markup`<section class="schema" id="schema-${name}"><h3>${name}</h3>${typeof schema.description === 'string' ? markup`<p>${prose(schema.description)}</p>` : none}${schema.properties === undefined ? markup`<p class="type">${typeOf(schema)}</p>` : membersOf(schema)}</section>`,
  );
  const main = markup`<h1>API reference</h1>
<p>Every decision leaves a signed receipt that anyone can check. Errors are <a href="/docs/problems">problems with a stable code</a>; a denial is not an error but a decision. Machine-readable: <a href="/openapi.json">openapi.json</a>.</p>
<p>Send the API key as <code>Authorization: Bearer …</code>; it names the tenant. Any path also works below <code>/t/&lt;tenant&gt;</code>. Lists are paged: pass <code>next_cursor</code> as <code>cursor</code>. Bodies are one JSON object in UTF-8, at most 32 levels deep, with no member twice and no number that overflows.</p>
${sections}
<h2 id="schemas">Schemas</h2>${schemas}`;
  return layout(
    'Guildhall API reference',
    markup`<ul><li><a href="/docs/problems">Problem and denial codes</a></li></ul>${nav}<h2><a href="#schemas">Schemas</a></h2>`,
    main,
  );
};
