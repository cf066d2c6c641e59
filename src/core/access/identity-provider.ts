/**
 * Where people may sign in beside the service itself: OpenID providers, by the operator's configuration. What is wrong
 * with the configuration is said in words, and then nobody signs in by it.
 */
import { z } from 'zod';
import { fieldErrors } from '../field-errors.ts';
import { parseJson } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';

const Configured = z.strictObject({
  /** In the address that the provider sends people back to: /v1/account/callback/<id>. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  name: z.string().min(1).max(60),
  /** Of the discovery document, `…/.well-known/openid-configuration`. */
  discovery: z.string().max(500),
  client_id: z.string().min(1).max(300),
});

export interface IdentityProvider {
  readonly id: string;
  readonly name: string;
  readonly discovery: string;
  readonly clientId: string;
  /** Empty: a public client, which proves itself by PKCE alone. */
  readonly clientSecret: string;
}

const Providers = z.array(Configured).max(20);
const Secrets = z.record(z.string(), z.string().max(1_000));

/** `providers`: a JSON array; `secrets`: a JSON object of client secrets by id. Empty texts: there are none. */
export const readProviders = (
  providers: string,
  secrets: string,
): Result<readonly IdentityProvider[], readonly FieldError[]> => {
  const listed = read(Providers, providers === '' ? '[]' : providers);
  if (!listed.ok) return listed;
  const known = read(Secrets, secrets === '' ? '{}' : secrets);
  if (!known.ok) return known;
  const ids = listed.value.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return err([{ field: '/id', message: 'two providers have one id' }]);
  return ok(
    listed.value.map(({ id, name, discovery, client_id: clientId }) => ({
      id,
      name,
      discovery,
      clientId,
      clientSecret: known.value[id] ?? '',
    })),
  );
};

const read = <S extends z.ZodType>(schema: S, text: string): Result<z.output<S>, readonly FieldError[]> => {
  const json = parseJson(text, { maxDepth: 4 });
  if (!json.ok) return err([{ field: '', message: 'it is not JSON' }]);
  const judged = schema.safeParse(json.value);
  return judged.success ? ok(judged.data) : err(fieldErrors(judged.error));
};
