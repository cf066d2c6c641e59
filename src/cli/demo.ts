/** Seeds the demo tenant over HTTP, as any operator could: tenant, workers, rules, policy, and somebody who may sign in. */
import { DEMO_POLICY, DEMO_RULES, DEMO_WORKERS } from './demo-content.ts';

export interface Demo {
  readonly url: string;
  readonly tenant: string;
  readonly apiKey: string;
  /** Of somebody else, who may answer what is asked with `apiKey`: nobody approves what they asked for. */
  readonly approverKey: string;
  readonly signIn: { readonly email: string; readonly password: string };
  /** The service's public keys, to verify with. */
  readonly jwks: unknown;
}

/** A reply as JSON; anything but success is thrown, with what the server said. */
export const call = async (
  url: string,
  method: string,
  key: string,
  body?: unknown,
): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Record<string, unknown>;
};

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const randomWord = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

export const seedDemo = async (url: string, operatorKey: string): Promise<Demo> => {
  // A tenant id is for ever: where an earlier demo's key was lost, the new one gets a name of its own.
  const tenant = (await isTaken(url, operatorKey, 'demo')) ? `demo-${randomWord(6)}` : 'demo';
  const created = await call(`${url}/v1/tenants`, 'POST', operatorKey, { tenant, name: 'Demo', environment: 'test' });
  const apiKey = String(created.api_key);
  for (const worker of DEMO_WORKERS) await call(`${url}/v1/workers`, 'POST', apiKey, worker);
  await call(`${url}/v1/rules`, 'PUT', apiKey, DEMO_RULES);
  await call(`${url}/v1/policies`, 'PUT', apiKey, { content: DEMO_POLICY });
  // An account that an earlier demo made keeps its password, so each demo has a person of its own.
  const signIn = { email: `${tenant}@example.com`, password: randomWord(16) };
  await call(`${url}/v1/tenants/${tenant}/owners`, 'POST', operatorKey, { ...signIn, name: 'Demo' });
  const approverKey = await makeApprover(url, operatorKey, tenant);
  const jwks = await call(`${url}/.well-known/jwks.json`, 'GET', apiKey);
  return { url, tenant, apiKey, approverKey, signIn, jwks };
};

/** Made by the operator, not with the demo's own key: keys that one person made are one person. */
export const makeApprover = async (url: string, operatorKey: string, tenant: string): Promise<string> => {
  const asked = { name: 'approver', scopes: ['hall:approve', 'hall:read'], environment: 'test' };
  return String((await call(`${url}/t/${tenant}/v1/keys`, 'POST', operatorKey, asked)).api_key);
};

const isTaken = async (url: string, operatorKey: string, tenant: string): Promise<boolean> => {
  const response = await fetch(`${url}/t/${tenant}/wcp/health`, {
    headers: { authorization: `Bearer ${operatorKey}` },
  });
  return response.ok;
};

/** Whether this data has the demo that a note is about. */
export const demoIsKnown = async (demo: Pick<Demo, 'url' | 'apiKey'>): Promise<boolean> => {
  const response = await fetch(`${demo.url}/wcp/health`, { headers: { authorization: `Bearer ${demo.apiKey}` } });
  return response.ok;
};
