/** Reading a stranger's value by a schema, and what the schema found wrong: pointers and messages that may be shown. */
import { z } from 'zod';
import type { FieldError } from './refusal.ts';

const MAX_ERRORS = 100;

export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const lower = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1);

export const fieldErrors = (error: z.core.$ZodError): FieldError[] =>
  error.issues
    .flatMap((issue): FieldError[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: jsonPointer([...issue.path, key]), message: 'unknown member' }))
        : [{ field: jsonPointer(issue.path), message: lower(issue.message) }],
    )
    .slice(0, MAX_ERRORS);

type SafeRead<T> =
  | { readonly success: true; readonly data: T; readonly error?: never }
  | { readonly success: false; readonly data?: never; readonly error: z.core.$ZodError };

/**
 * `safeParse` that is safe: zod measures the `length` of whatever has one, after the type was found wrong too, and
 * stumbles over `{"length":{"valueOf":1,"toString":1}}`. What throws does not match.
 */
export const safeRead = <S extends z.ZodType>(schema: S, value: unknown): SafeRead<z.output<S>> => {
  try {
    return schema.safeParse(value);
  } catch {
    return { success: false, error: new z.ZodError([{ code: 'custom', path: [], message: 'not readable' }]) };
  }
};
