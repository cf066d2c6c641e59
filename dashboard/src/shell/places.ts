/** Where the palette leads: screens, deeds, whatever this tenant has by name, and ids that somebody copied. */
import { useQuery } from '@tanstack/react-query';
import { getJson } from '../api/http.ts';
import type { ApiKey, WorkerSummary } from '../api/types.ts';
import { NAV } from './nav.ts';

export interface Place {
  readonly label: string;
  readonly kind: string;
  /** Of ours it begins with `/app`; another page is loaded whole. */
  readonly to: string;
}

const ACTIONS: readonly Place[] = [
  { label: 'Ban a worker', kind: 'do', to: '/app/bans?ban=' },
  { label: 'Compare two profiles', kind: 'do', to: '/app/profiles/compare' },
  { label: 'Swap or activate a profile', kind: 'do', to: '/app/profiles' },
  { label: 'Answer an approval', kind: 'do', to: '/app/approvals' },
  { label: 'Simulate a policy', kind: 'do', to: '/app/policies?tab=simulate' },
  { label: 'Roll a policy back', kind: 'do', to: '/app/policies?tab=versions' },
  { label: 'Verify a pasted receipt', kind: 'do', to: '/app/ledger' },
  { label: 'Decisions that failed closed', kind: 'decisions', to: '/app/decisions?deny_class=fault' },
  { label: 'API reference', kind: 'read', to: '/docs' },
  { label: 'Problem codes', kind: 'read', to: '/docs/problems' },
];

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An id that somebody copied from elsewhere. */
export const pasted = (text: string): readonly Place[] => {
  const id = encodeURIComponent(text);
  const trace = {
    label: `Decisions of the trace ${text}`,
    kind: 'decisions',
    to: `/app/decisions?correlation_id=${id}`,
  };
  const receipt = { label: `Receipt ${text}, verified here`, kind: 'receipt', to: `/app/ledger?receipt=${id}` };
  if (UUID4.test(text)) return [{ label: `Decision ${text}`, kind: 'decision', to: `/app/decisions/${id}` }, trace];
  if (UUID7.test(text)) return [receipt, trace];
  if (/^[1-9][0-9]{0,14}$/.test(text)) {
    return [{ label: `Entry ${text} of the ledger`, kind: 'receipt', to: `/app/ledger?receipt=${id}` }];
  }
  if (/^ban_[\w-]+$/.test(text)) return [{ label: `Ban ${text}`, kind: 'ban', to: `/app/bans/network/${id}` }];
  if (/^cap\.[a-z0-9.-]+$/.test(text)) {
    return [{ label: `Decisions on ${text}`, kind: 'decisions', to: `/app/decisions?capability_id=${id}` }];
  }
  return /^(?:org|x)\.[\w.-]+$/.test(text) ? [{ label: text, kind: 'worker', to: `/app/workers/${id}` }] : [];
};

/** Asked once, when the palette opens; who may not see a list finds nothing of it. */
const useList = <T>(name: string, path: string, query: Readonly<Record<string, string | number>> = {}): T | undefined =>
  useQuery<T, Error>({
    queryKey: [name, 'names', query],
    queryFn: ({ signal }) => getJson(path, query, signal),
    retry: false,
    placeholderData: (before) => before,
  }).data;

/** `asked`: what is typed, for lists that may be longer than one page. */
export const useEverything = (asked: string): readonly Place[] => {
  const search = asked.length < 2 ? {} : { q: asked.slice(0, 200) };
  const found = useList<{ workers: readonly WorkerSummary[] }>('workers', '/v1/workers', { limit: 50, ...search });
  const profiles = useList<{ profiles: readonly { profile_id: string; title: string }[] }>('profiles', '/v1/profiles');
  const rules = useList<{ document: { rules: readonly { rule_id: string }[] } }>('rules', '/v1/rules');
  const keys = useList<{ keys: readonly ApiKey[] }>('keys', '/v1/keys', { limit: 200 });
  const capabilities = useList<{ capabilities: readonly { capability_id: string }[] }>(
    'capabilities',
    '/wcp/capabilities',
    { limit: 50, ...search },
  );
  return [
    ...NAV.map(({ to, label, group }) => ({ to, label, kind: group.toLowerCase() })),
    ...ACTIONS,
    ...(found?.workers ?? []).map(({ worker_id }) => ({
      label: worker_id,
      kind: 'worker',
      to: `/app/workers/${encodeURIComponent(worker_id)}`,
    })),
    ...(profiles?.profiles ?? []).map(({ profile_id, title }) => ({
      label: `${title} (${profile_id})`,
      kind: 'profile',
      to: `/app/profiles/${encodeURIComponent(profile_id)}`,
    })),
    ...(capabilities?.capabilities ?? []).map(({ capability_id: id }) => ({
      label: id,
      kind: 'capability',
      to: `/app/decisions?capability_id=${encodeURIComponent(id)}`,
    })),
    ...(rules?.document.rules ?? []).map(({ rule_id }) => ({ label: rule_id, kind: 'rule', to: '/app/rules' })),
    ...(keys?.keys ?? [])
      .filter(({ status }) => status === 'active')
      .map(({ name }) => ({ label: name, kind: 'API key', to: '/app/keys' })),
  ];
};
