/**
 * What is promised about a route. One contract gives the mounted handler, its authentication and validation
 * (`factory.ts`) and its part of the API description (`openapi.ts`), so none of them can say another thing.
 */
import type { z } from 'zod';
import type { RefusalCode } from '../core/refusal.ts';

/**
 * `public`: no credential; `tenant`: an API key, or a session of somebody who belongs to it; `account`: a session, of
 * whatever tenant; `operator`: the operator's key.
 */
export type Access = 'public' | 'tenant' | 'account' | 'operator';

export type Schema = z.ZodType;

export interface Example {
  readonly summary: string;
  readonly value: object;
}

export interface Contract<A extends Access, B extends Schema | undefined, Q extends Schema | undefined> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form: `/v1/workers/{worker_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly access: A;
  /** What a `public` route takes all the same: a key for a fuller answer, or a key or dispatch grant in its place. */
  readonly credential?: 'key' | 'key_or_grant';
  readonly body?: B;
  /** The schema documents the body and the service judges it: a routing request that is wrong is a decision. */
  readonly bodyJudgedByService?: boolean;
  /** Telemetry: a body that cannot be read is read as `{}`. */
  readonly bodyTolerated?: boolean;
  readonly bodyLimit?: number;
  /** Also takes YAML, as if it were sent as `{"content": text}`. */
  readonly yaml?: boolean;
  readonly examples?: Readonly<Record<string, Example>>;
  readonly query?: Q;
  /** Takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** A protected resource of its own (RFC 9728): whoever comes without a credential is told where it is described. */
  readonly protectedResource?: boolean;
  /** Clients of CAP call it: what their protocol has a name for is refused by that name. */
  readonly words?: 'cap';
  readonly ok: {
    readonly status?: 200 | 201 | 202 | 204 | 302;
    readonly schema: Schema;
    readonly type?: string;
    /** Another status that answers alike: an update where `status` says created, or what was taken without an answer. */
    readonly or?: 200 | 202;
  };
  /** What it refuses beside what every route of its access, with a body or a query, may refuse. */
  readonly problems?: readonly RefusalCode[];
}

export type AnyContract = Contract<Access, Schema | undefined, Schema | undefined>;
