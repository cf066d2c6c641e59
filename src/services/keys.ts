/** API keys: made here, where their text exists for one answer; kept in the tenant object as hashes. */
import { askedTerms, type NewKey } from '../core/access/key-terms.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import { API_KEY_SEARCH, mintApiKey, parseApiKey, redactApiKeys } from '../keys/api-key.ts';
import type { NewApiKey } from '../tenant/commands.ts';
import { type Caller, counted } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import { submitOne } from './submit.ts';

/** A key's text, to be shown once, and the row that the tenant object keeps of it. */
export const newKey = (
  deps: Deps,
  { tenant, credential }: Caller,
  asked: NewKey,
): { readonly key: string; readonly row: NewApiKey } => {
  const own = credential.kind === 'api_key' ? credential.environment : undefined;
  const terms = askedTerms(asked, own ?? 'live');
  const { key, hash } = mintApiKey(tenant, terms.environment, deps.keyTagSecret);
  return { key, row: { hash, keyId: `key_${deps.newId()}`, name: asked.name, ...terms } };
};

export const createKey = async (deps: Deps, caller: Caller, asked: NewKey): Promise<Result<JsonObject, Refusal>> => {
  const { key, row } = newKey(deps, caller, asked);
  const created = await change(deps, caller, { kind: 'key.create', key: row });
  return created.ok ? ok({ ...created.value, api_key: key }) : created;
};

/** A new key with the terms of an old one, which works on for `overlapS` seconds. */
export const rotateKey = async (
  deps: Deps,
  caller: Caller,
  keyId: string,
  overlapS: number,
): Promise<Result<JsonObject, Refusal>> => {
  const known = await ask(deps, caller, { kind: 'key', keyId });
  if (!known.ok) return known;
  const environment = known.value.environment === 'test' ? 'test' : 'live';
  const { key, hash } = mintApiKey(caller.tenant, environment, deps.keyTagSecret);
  const rotated = await change(deps, counted(caller), {
    kind: 'key.rotate',
    keyId,
    hash,
    newKeyId: `key_${deps.newId()}`,
    overlapMs: overlapS * 1000,
  });
  return rotated.ok ? ok({ ...rotated.value, api_key: key }) : rotated;
};

/**
 * A key that somebody found in public is revoked: whoever shows it has proved that it is no secret. The answer says
 * nothing of what was found, so it tells nobody whether a text is, or ever was, a key.
 */
export const reportLeak = async (deps: Deps, text: string, source: string): Promise<void> => {
  const key = parseApiKey(text, deps.keyTagSecret);
  if (key === null) return;
  const caller: Caller = { tenant: key.tenant, credential: { kind: 'leaked_key', hash: key.hash } };
  const reported = await submitOne(deps, caller, { kind: 'key.leaked', source: redactApiKeys(source) });
  // What could not be committed now (a frozen ledger) must not be lost without a word.
  if (!reported.ok && reported.error.code !== 'unauthorized') {
    console.error(JSON.stringify({ level: 'error', at: 'leak', tenant: key.tenant, code: reported.error.code }));
  }
};

/** What secret scanners need: the pattern, how to tell a real key offline, and where to report one. */
export const scannerNotice = (deps: Deps): JsonObject => ({
  issuer: 'Guildhall',
  secret_type: 'guildhall_api_key',
  pattern: API_KEY_SEARCH,
  prefixes: ['guild_live_', 'guild_test_'],
  checksum: {
    algorithm: 'CRC-32 (IEEE) of everything before the last 6 characters',
    encoding: 'base 62, digits 0-9 A-Z a-z, most significant first, 6 characters',
  },
  report_url: `${deps.publicUrl}/v1/keys/leaked`,
});
