/** An operator of the match language, as people read it. */
const isIn = (value: unknown): value is { readonly in: readonly string[] } =>
  typeof value === 'object' && value !== null && 'in' in value && Array.isArray(value.in);

export const said = (value: unknown): string =>
  typeof value === 'string' ? value : isIn(value) ? value.in.join(' or ') : 'any';

/** The values it names; empty: any. */
export const valuesOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : isIn(value) ? value.in : [];

/** Back again: none is any, one is itself. */
export const operatorOf = (values: readonly string[]): unknown =>
  values.length === 0 ? undefined : values.length === 1 ? values[0] : { in: values };
