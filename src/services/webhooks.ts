/** Webhooks of a tenant: the secret exists here for one answer; what is kept of it and of the address is sealed first. */
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type NewWebhook, shownUrl } from '../core/webhook/endpoint.ts';
import { newWebhookSecret } from '../keys/webhook-signature.ts';
import { type Caller, counted } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';

/** What a sealed text is bound to: moved to another endpoint, or read as something else, it does not open. */
export const sealedPlace = (tenant: string, webhookId: string, what: 'url' | 'secret'): string =>
  `webhook ${what} of ${tenant}/${webhookId}`;

export const createWebhook = async (
  deps: Deps,
  caller: Caller,
  { url: text, format, events, description }: NewWebhook,
): Promise<Result<JsonObject, Refusal>> => {
  const url = deps.outbound.permits(text);
  if (!url.ok) {
    const message = `it may not be sent to: ${url.error.replaceAll('_', ' ')}`;
    return err(refusal('invalid_body', `/url: ${message}`, [{ field: '/url', message }]));
  }
  const webhookId = `whk_${deps.newId()}`;
  const secret = newWebhookSecret();
  const created = await change(deps, caller, {
    kind: 'webhook.create',
    endpoint: {
      webhookId,
      url: deps.sealer.seal(url.value.href, sealedPlace(caller.tenant, webhookId, 'url')),
      shownUrl: shownUrl(url.value, format),
      host: url.value.host,
      secret: deps.sealer.seal(secret, sealedPlace(caller.tenant, webhookId, 'secret')),
      format,
      events,
      description,
      origin: deps.publicUrl,
    },
  });
  return created.ok ? ok({ ...created.value, secret }) : created;
};

/** Messages bear both signatures until `overlapS` seconds are over. */
export const rotateWebhook = async (
  deps: Deps,
  caller: Caller,
  webhookId: string,
  overlapS: number,
): Promise<Result<JsonObject, Refusal>> => {
  const known = await ask(deps, caller, { kind: 'webhook', webhookId });
  if (!known.ok) return known;
  const secret = newWebhookSecret();
  const rotated = await change(deps, counted(caller), {
    kind: 'webhook.rotate',
    webhookId,
    secret: deps.sealer.seal(secret, sealedPlace(caller.tenant, webhookId, 'secret')),
    overlapMs: overlapS * 1000,
  });
  return rotated.ok ? ok({ ...rotated.value, secret }) : rotated;
};
