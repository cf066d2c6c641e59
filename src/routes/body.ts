/** Reads a request body as one strict JSON object: limited in size and depth, no repeated member, UTF-8 only. */
import { type JsonObject, type JsonReason, parseJson } from '../core/json.ts';
import { type Refusal, type RefusalCode, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';

const CODE_OF: Record<JsonReason, RefusalCode> = {
  syntax: 'invalid_json',
  lone_surrogate: 'invalid_json',
  number_out_of_range: 'invalid_json',
  too_deep: 'body_too_deep',
  duplicate_member: 'duplicate_member',
};

const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i;
const YAML_TYPE = /^(?:application|text)\/(?:x-)?yaml\s*(?:;|$)/i;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Read past the limit and thrown away, so that the sender gets to hear of it: a server that stops listening is reset. */
const DISCARDED = 16_000_000;

/** Null when the body is longer than `limit`; keeps no more of it than that. HTTP holds a sender to its own length. */
const readLimited = async (request: Request, limit: number): Promise<Uint8Array | null> => {
  const sent = Number(request.headers.get('content-length') ?? Number.NaN);
  if (sent <= limit) {
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.length <= limit ? whole : null;
  }
  if (sent > limit + DISCARDED) return null;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > limit + DISCARDED) return null;
    if (length > limit) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (length > limit) return null;
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
};

/** Hears a refused sender out, within bounds: one who is cut off while it sends never learns why. */
export const discardBody = async (request: Request): Promise<void> => {
  if (request.body === null) return;
  let length = 0;
  try {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > DISCARDED) return;
    }
  } catch {
    // It hung up first.
  }
};

export const readJsonBody = async (
  request: Request,
  limit: number,
  mayBeYaml = false,
): Promise<Result<{ readonly text: string; readonly json: JsonObject }, Refusal>> => {
  const type = request.headers.get('content-type');
  const isYaml = mayBeYaml && type !== null && YAML_TYPE.test(type);
  if (type !== null && !isYaml && !JSON_TYPE.test(type)) return err(refusal('unsupported_media_type'));
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    return err(refusal('unsupported_media_type', 'a body must not be content-encoded'));
  }
  const read = await readLimited(request, limit).then(ok, () => err(refusal('invalid_json', 'the body broke off')));
  if (!read.ok) return read;
  const bytes = read.value;
  if (bytes === null) return err(refusal('body_too_large', `the limit is ${limit} bytes`));
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return err(refusal('invalid_json', 'the body is not UTF-8'));
  }
  if (isYaml) return ok({ text, json: { content: text } });
  const parsed = parseJson(text);
  if (!parsed.ok) return err(refusal(CODE_OF[parsed.error.reason], 'see the JSON rules of the API reference'));
  const { value } = parsed;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? ok({ text, json: value as JsonObject }) : err(refusal('invalid_json', 'expected one JSON object'));
};
