/** A tour of the dashboard: every address that the router knows, and a Hall that has something to show at each. */
import { globSync, readFileSync } from 'node:fs';
import { call } from '../../src/cli/demo.ts';
import { ANNOUNCED } from '../../src/cli/demo-content.ts';
import { inRoot } from '../../src/cli/paths.ts';
import type { Guildhall } from '../../src/cli/start.ts';

/** What stands for `$name` in an address. */
export type Filled = Readonly<Record<string, string>>;

/** Addresses as the features write them into their routes. */
export const addresses = (): readonly string[] =>
  globSync('dashboard/src/features/*/routes.ts', { cwd: inRoot() })
    .flatMap((file) => [...readFileSync(inRoot(file), 'utf8').matchAll(/\bpath: '([^']+)'/g)])
    .map(([, path = '']) => path)
    .sort();

export const addressOf = (path: string, filled: Filled): string =>
  path.replace(/\$(\w+)/g, (_, name: string) => {
    const value = filled[name];
    if (value === undefined) throw new Error(`the tour has nothing for $${name} of ${path}`);
    return encodeURIComponent(value);
  });

/** Decisions of every outcome, two questions that wait, a ban, a webhook that nobody answers. */
export const furnish = async ({ url, demo }: Guildhall): Promise<Filled> => {
  const api = (path: string, body: object, key = demo.apiKey) => call(url + path, 'POST', key, body);
  const decision = await api('/wcp/route', ANNOUNCED);
  await api('/wcp/route', { ...ANNOUNCED, capability_id: 'cap.no.such' });
  const agent = await api('/v1/keys', { name: 'an agent', environment: 'test', scopes: ['hall:route'] });
  const held = { ...ANNOUNCED, capability_id: 'cap.db.migrate', data_label: 'PUBLIC' };
  await api('/wcp/route', { ...held, request: { table: 'users' } }, String(agent.api_key));
  const waits = await api('/wcp/route', { ...held, request: { table: 'orders' } }, String(agent.api_key));
  const ban = await api('/v1/bans', { target: { worker_id: 'org.example.hasher' }, reason: 'wrote elsewhere' });
  const webhook = await api('/v1/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['*'] });
  return {
    profileId: 'prof.prod.strict',
    workerId: 'org.example.summarizer',
    list: 'own',
    decisionId: String(decision.decision_id),
    approvalId: String(waits.pending_approval_id),
    banId: String(ban.ban_id),
    webhookId: String(webhook.webhook_id),
  };
};
