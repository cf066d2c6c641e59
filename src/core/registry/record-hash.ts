/**
 * The hash of an enrolment record, made over the record as it was sent without its `artifact_hash` (WCP 4.5), in either
 * of the two published texts.
 */
import { sha256Hex } from '../hash.ts';
import type { JsonTokensObject } from '../json.ts';
import { isSha256, normalHash } from './code-hash.ts';
import { JSON_FORMS, type JsonForm, sortedJson } from './sorted-json.ts';

const ARTIFACT_HASH: ReadonlySet<string> = new Set(['artifact_hash']);

/** The text that is hashed. */
export const recordText = (record: JsonTokensObject, form: JsonForm): string => sortedJson(record, form, ARTIFACT_HASH);

/** `sha256:` and 64 lower hex digits. */
export const recordHash = (record: JsonTokensObject, form: JsonForm = 'python'): string =>
  `sha256:${sha256Hex(recordText(record, form))}`;

/** The form whose hash was claimed, or null: the record is not the one that was hashed. */
export const verifyRecordHash = (record: JsonTokensObject, claimed: string): JsonForm | null => {
  const hash = normalHash(claimed);
  if (!isSha256(hash)) return null;
  return JSON_FORMS.find((form) => sha256Hex(recordText(record, form)) === hash) ?? null;
};
