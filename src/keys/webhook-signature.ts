/** Standard Webhooks: the secret `whsec_…`, and the three headers that tell who sent a message, when, and that it is whole. */
import { createHmac, getRandomValues } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export const newWebhookSecret = (): string =>
  PREFIX + Buffer.from(getRandomValues(new Uint8Array(SECRET_BYTES))).toString('base64');

/** While a secret is being replaced, receivers may still hold either: a message is signed with each. */
export const signedHeaders = (
  secrets: readonly string[],
  id: string,
  atMs: number,
  body: string,
): Readonly<Record<string, string>> => {
  const seconds = Math.floor(atMs / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') };
};
