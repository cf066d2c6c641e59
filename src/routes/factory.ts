/**
 * The one way to mount a route: from its contract come the authentication, the reading and judging of body and query,
 * and the call that its handler gets.
 */
import type { z } from 'zod';
import { fieldErrors, safeRead } from '../core/field-errors.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, type RefusalCode, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Deps } from '../services/deps.ts';
import { discardBody, readJsonBody } from './body.ts';
import { type CallerFor, callerOf } from './caller.ts';
import type { App, Ctx } from './context.ts';
import type { Access, Contract, Schema } from './contract.ts';
import { problem } from './problem.ts';

type Out<S extends Schema | undefined> = S extends Schema ? z.output<S> : undefined;

export interface Call<A extends Access, B, Q> {
  readonly c: Ctx;
  readonly deps: Deps;
  readonly caller: CallerFor<A>;
  readonly body: B;
  /** The body as JSON, before its schema filled in defaults. */
  readonly json: JsonObject;
  /** The body as it came, for what is hashed as sent. */
  readonly bodyText: string;
  readonly query: Q;
  readonly param: (name: string) => string;
}

const check = <S extends Schema>(schema: S, value: unknown, code: RefusalCode): Result<z.output<S>, Refusal> => {
  const parsed = safeRead(schema, value);
  if (parsed.success) return ok(parsed.data);
  const errors = fieldErrors(parsed.error);
  return err(refusal(code, errors[0] && `${errors[0].field}: ${errors[0].message}`, errors));
};

/** Where a protected resource is described (RFC 9728), by its path. */
export const RESOURCE_METADATA = '/.well-known/oauth-protected-resource';

/** What the addresses of this request begin with: also the path of a tenant, where it came by one. */
export const baseOf = (c: Ctx): string => {
  const tenant = c.get('pathTenant');
  return c.get('deps').publicUrl + (tenant === null ? '' : `/t/${tenant}`);
};

const DEFAULT_BODY_LIMIT = 65_536;

/** Mounts routes on `app`. Handlers return a Response; a thrown error is a bug and becomes an opaque 500. */
export const mount = <
  A extends Access,
  B extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
>(
  app: App,
  contract: Contract<A, B, Q>,
  handle: (call: Call<A, Out<B>, Out<Q>>) => Response | Promise<Response>,
): void => {
  app.contracts.push(contract);
  const path = contract.path.replaceAll(/\{(\w+)\}/g, ':$1');
  app.on(contract.method.toUpperCase(), path, async (c) => {
    const deps = c.get('deps');
    c.set('words', contract.words);
    if (contract.protectedResource === true) c.set('metadata', baseOf(c) + RESOURCE_METADATA + contract.path);
    const caller = await callerOf(c, deps, contract);
    if (!caller.ok) {
      await discardBody(c.req.raw);
      return problem(c, caller.error);
    }
    let bodyText = '';
    let body: unknown;
    let sent: JsonObject = {};
    if (contract.body !== undefined) {
      const read = await readJsonBody(c.req.raw, contract.bodyLimit ?? DEFAULT_BODY_LIMIT, contract.yaml);
      if (read.ok) {
        bodyText = read.value.text;
        sent = read.value.json;
      } else if (contract.bodyTolerated !== true) return problem(c, read.error);
      const judged: Result<unknown, Refusal> =
        contract.bodyJudgedByService || contract.bodyTolerated ? ok(sent) : check(contract.body, sent, 'invalid_body');
      if (!judged.ok) return problem(c, judged.error);
      body = judged.value;
    }
    let query: unknown;
    if (contract.query !== undefined) {
      const judged = check(contract.query, c.req.query(), 'invalid_parameter');
      if (!judged.ok) return problem(c, judged.error);
      query = judged.value;
    }
    return handle({
      c,
      deps,
      caller: caller.value,
      body: body as Out<B>,
      json: sent,
      bodyText,
      query: query as Out<Q>,
      param: (name) => c.req.param(name) ?? '',
    });
  });
};

export const json = (c: Ctx, value: object, status: 200 | 201 | 202 = 200): Response => c.json(value, status);
