/**
 * `guildhall enroll`: hashes a worker's record and enrols it. The hash is made over the text, in the Python form (WCP 4.5),
 * and that very text is what is sent.
 */
import { JsonNumber, type JsonTokensObject, parseJsonTokens } from '../../core/json.ts';
import { recordHash, recordText, verifyRecordHash } from '../../core/registry/record-hash.ts';
import { type Command, EXIT, readArgs, UsageError } from './command.ts';
import { findHall, HALL_OPTIONS, HALL_USAGE, isRefused, refused } from './hall.ts';
import { readText } from './input.ts';
import { bold, good, headline, type Row, rows } from './paint.ts';

const OPTIONS = {
  ...HALL_OPTIONS,
  hash: { type: 'boolean' },
  published: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const enroll: Command = {
  usage: `guildhall enroll <record.json|-> [--hash] [--published] [--json]

Computes the hash of a worker's record (artifact_hash) and enrols the worker. A record that brings its own hash has to be
right about it.

  --hash        only print the hash; asks no Hall
  --published   by POST /enroll, as the published clients do; else by POST /v1/workers, which answers with a receipt
  --json        the answer as it came
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const [path] = positionals;
    if (path === undefined) throw new UsageError('which worker? Give its record, or - for standard input');
    const { hash, text } = hashed(await readText(path, at), path);
    if (values.hash === true) {
      at.out(`${hash}\n`);
      return EXIT.ok;
    }
    const answer = await findHall(values, at.env).ask(
      'POST',
      values.published === true ? '/enroll' : '/v1/workers',
      text,
    );
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.json === true) at.out(`${answer.text}\n`);
    else {
      const { worker_id: worker, updated, evidence_receipt: receipt } = answer.value;
      const id =
        typeof receipt === 'object' && receipt !== null && 'receipt_id' in receipt ? receipt.receipt_id : undefined;
      const list: Row[] = [['Record hash', hash], ...(id === undefined ? [] : [['Receipt', String(id)] as const])];
      at.out(headline(good('✓'), `${bold(String(worker))} is ${updated === true ? 'updated' : 'enrolled'}`));
      at.out(rows(list));
    }
    return EXIT.ok;
  },
};

const hashed = (text: string, path: string): { readonly hash: string; readonly text: string } => {
  const parsed = parseJsonTokens(text.trim());
  if (!parsed.ok)
    throw new UsageError(`${path} is not one JSON object: ${parsed.error.reason} at character ${parsed.error.offset}`);
  const { value } = parsed;
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
  if (!isObject) throw new UsageError(`${path} is not one JSON object`);
  const record = value as JsonTokensObject;
  const { artifact_hash: claimed } = record;
  if (claimed !== undefined && claimed !== null) {
    if (typeof claimed === 'string' && verifyRecordHash(record, claimed) !== null) return { hash: claimed, text };
    throw new UsageError(
      `artifact_hash is not the hash of this record, which is ${recordHash(record)}; correct it, or leave it out`,
    );
  }
  const hash = recordHash(record);
  const unsigned = recordText(record, 'python');
  const comma = unsigned === '{}' ? '' : ',';
  return { hash, text: `${unsigned.slice(0, -1)}${comma}"artifact_hash":"${hash}"}` };
};
