/**
 * Calls to our own API. A refusal arrives as a value of problem+json (RFC 9457) and is thrown as `Problem`, which the
 * screens show; everything else that goes wrong is `Unreachable`.
 */
import { credential, scoped, sessionEnded } from '../session/session.ts';

export interface FieldError {
  readonly field: string;
  readonly message: string;
  /** Of a text that was sent. */
  readonly line?: number;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | null;
  readonly errors: readonly FieldError[];
  /** Seconds until it is worth trying again, where the service says so. */
  readonly retryAfter: number | null;

  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfter: string | null = null) {
    super(typeof body.title === 'string' ? body.title : `the service answered ${status}`);
    this.status = status;
    this.code = typeof body.code === 'string' ? body.code : `http_${status}`;
    this.detail = typeof body.detail === 'string' ? body.detail : null;
    this.errors = Array.isArray(body.errors) ? (body.errors as readonly FieldError[]) : [];
    this.retryAfter = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

export class Unreachable extends Error {
  override readonly message = 'the service cannot be reached';
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

const addressOf = (path: string, query: Query = {}): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
};

/** What goes along beside the credential of this tab, or in its place. */
export type Headers = Readonly<Record<string, string>>;

interface Sent extends RequestInit {
  readonly headers?: Headers;
}

const send = async (path: string, init: Sent, query?: Query): Promise<Response> => {
  // Whoever brings a key along asks for nobody's tenant, and its refusal ends nobody's session.
  const bringsKey = init.headers?.authorization !== undefined;
  let response: Response;
  try {
    response = await fetch(addressOf(bringsKey ? path : scoped(path), query), {
      ...init,
      headers: { accept: 'application/json', ...credential(), ...init.headers },
    });
  } catch {
    throw new Unreachable();
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => ({}));
  const problem = new Problem(
    response.status,
    typeof body === 'object' && body !== null ? { ...body } : {},
    response.headers.get('retry-after'),
  );
  if (problem.code === 'unauthorized' && !bringsKey) sessionEnded();
  throw problem;
};

/** Whether a key opens this Hall, before it is signed in with; throws a `Problem` where it does not. */
export const tryKey = async (key: string): Promise<void> => {
  await send('/v1/settings', { headers: { authorization: `Bearer ${key}` } });
};

export const getJson = async <T>(
  path: string,
  query?: Query,
  signal?: AbortSignal,
  headers: Headers = {},
): Promise<T> =>
  (await send(path, { headers, ...(signal === undefined ? {} : { signal }) }, query)).json() as Promise<T>;

export const getText = async (path: string, query?: Query): Promise<string> => (await send(path, {}, query)).text();

export const getBlob = async (path: string): Promise<Blob> => (await send(path, {})).blob();

export const sendJson = async <T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Headers = {},
) =>
  (
    await send(path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  ).json() as Promise<T>;

/** For what answers nothing. */
export const sendEmpty = async (method: 'POST' | 'DELETE', path: string): Promise<void> => {
  await send(path, { method });
};
