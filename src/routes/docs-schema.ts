/** A JSON Schema as a list of members that a person can read; what has a name of its own is a link to it. */
import type { JsonObject, JsonValue } from '../core/json.ts';
import { type Html, markup, none, prose } from './docs-page.ts';

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((each) => isObject(each)) : [];
const words = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

const range = (low: JsonValue | undefined, high: JsonValue | undefined, unit = ''): string => {
  const from = typeof low === 'number' ? low : null;
  const to = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : null;
  if (from === null && to === null) return '';
  return to === null
    ? `, at least ${from}${unit}`
    : from === null
      ? `, at most ${to}${unit}`
      : `, ${from} to ${to}${unit}`;
};

const joined = (parts: readonly Html[], by: string): Html =>
  markup`${parts.map((part, at) => (at === 0 ? part : markup`${by}${part}`))}`;

/** The type in a few words. */
export const typeOf = (schema: JsonObject): Html => {
  const { $ref, type, enum: oneOf, const: only, anyOf, items, additionalProperties } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return markup`<a href="#schema-${name}">${name}</a>`;
  }
  if (only !== undefined) return markup`<code>${JSON.stringify(only)}</code>`;
  if (oneOf !== undefined)
    return joined(
      words(oneOf).map((word) => markup`<code>${String(word)}</code>`),
      ' · ',
    );
  const choices = objects(anyOf ?? schema.oneOf);
  if (choices.length > 0) return joined(choices.map(typeOf), ' or ');
  switch (type) {
    case 'array':
      return markup`list of ${isObject(items) ? typeOf(items) : 'anything'}${range(schema.minItems, schema.maxItems)}`;
    case 'object':
      return schema.properties === undefined &&
        isObject(additionalProperties) &&
        Object.keys(additionalProperties).length > 0
        ? markup`object of ${typeOf(additionalProperties)}`
        : markup`object`;
    case 'string': {
      const format = typeof schema.format === 'string' ? ` (${schema.format})` : '';
      return markup`string${format}${range(schema.minLength, schema.maxLength, ' characters')}`;
    }
    case 'number':
    case 'integer':
      return markup`${type}${range(schema.minimum, schema.maximum)}`;
    case 'boolean':
    case 'null':
      return markup`${type}`;
    default:
      return markup`any JSON`;
  }
};

/** The unnamed objects inside a schema, whose members are worth listing below it. */
const inner = (schema: JsonObject): readonly JsonObject[] => {
  if (isObject(schema.properties)) return [schema];
  if (isObject(schema.items)) return inner(schema.items);
  return objects(schema.anyOf ?? schema.oneOf).flatMap(inner);
};

const member = (name: string, schema: JsonObject, required: boolean): Html => {
  const text = typeof schema.description === 'string' ? markup` — ${prose(schema.description)}` : none;
  const preset =
    schema.default === undefined
      ? none
      : markup` <span class="soft">default <code>${JSON.stringify(schema.default)}</code></span>`;
  const must = required ? markup` <span class="required">required</span>` : none;
  return markup`<li><code>${name}</code> <span class="type">${typeOf(schema)}</span>${must}${preset}${text}${inner(schema).map(membersOf)}</li>`;
};

export const membersOf = (schema: JsonObject): Html => {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(words(schema.required));
  const list = Object.entries(properties).map(([name, each]) =>
    isObject(each) ? member(name, each, required.has(name)) : none,
  );
  return list.length === 0 ? none : markup`<ul class="members">${list}</ul>`;
};

/** A schema where it is used: its type, and its members if it has no name of its own. */
export const schemaView = (schema: JsonObject): Html =>
  markup`<p class="type">${typeOf(schema)}</p>${inner(schema).map(membersOf)}`;
