/** A bundle as somebody wrote it: its text, of either form, read into the document that is kept and compiled. */
import type { JsonObject, JsonValue } from '../json.ts';
import type { FieldError, Refusal } from '../refusal.ts';
import { refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { readPolicyDocument } from './document.ts';
import { readPolicy } from './gate-document.ts';
import { readSource, withLines } from './source.ts';

export interface WrittenBundle {
  /** Exactly as it was sent. */
  readonly text: string;
  /** What the text says, normalised. */
  readonly document: JsonObject;
  readonly warnings: readonly FieldError[];
}

const invalid = (errors: readonly FieldError[]): Refusal => {
  const [first] = errors;
  const line = first?.line === undefined ? '' : `line ${first.line}: `;
  return refusal(
    'policy_invalid',
    first && `${line}${first.field === '' ? '' : `${first.field}: `}${first.message}`,
    errors,
  );
};

export const readBundle = (text: string, strict = false): Result<WrittenBundle, Refusal> => {
  const source = readSource(text);
  if (!source.ok) return err(invalid(source.error));
  const read = readDocument(source.value.value, strict);
  if (!read.ok) return err(invalid(withLines(source.value, text, read.error)));
  const warnings = withLines(source.value, text, read.value.warnings);
  return ok({ text, document: read.value.document, warnings });
};

/** Of the smallest form, what was sent is what is kept. */
const readDocument = (
  value: JsonValue,
  strict: boolean,
): Result<{ readonly document: JsonObject; readonly warnings: readonly FieldError[] }, readonly FieldError[]> => {
  if (typeof value === 'object' && value !== null && 'policy_version' in value) {
    const gate = readPolicy(value);
    return gate.ok ? ok({ document: value as JsonObject, warnings: [] }) : gate;
  }
  const read = readPolicyDocument(value, { strict });
  return read.ok ? ok({ document: read.value.document as unknown as JsonObject, warnings: read.value.warnings }) : read;
};
