import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import type { Bundle, Snapshot, SnapshotWhole } from './types.ts';

/** In a path `~` stands for the `/` of an id. */
export const bundlePath = (bundleId: string): string =>
  `/api/v1/policy/bundles/${encodeURIComponent(bundleId.replaceAll('/', '~'))}`;

export const bundleList = queryOptions<{ readonly items: readonly Bundle[] }, Error>({
  queryKey: ['policies', 'bundles'],
  queryFn: ({ signal }) => getJson('/api/v1/policy/bundles', {}, signal),
});

export const savedBundle = (bundleId: string) =>
  queryOptions<Bundle & { readonly content: string }, Error>({
    queryKey: ['policies', 'bundle', bundleId],
    queryFn: ({ signal }) => getJson(bundlePath(bundleId), {}, signal),
  });

export interface Snapshots {
  /** The first is in force. */
  readonly snapshots: readonly string[];
  readonly items: readonly Snapshot[];
}

export const snapshotList = queryOptions<Snapshots, Error>({
  queryKey: ['policies', 'snapshots'],
  queryFn: ({ signal }) => getJson('/api/v1/policy/bundles/snapshots', {}, signal),
});

export const snapshot = (name: string) =>
  queryOptions<SnapshotWhole, Error>({
    queryKey: ['policies', 'snapshot', name],
    queryFn: ({ signal }) => getJson(`/api/v1/policy/bundles/snapshots/${encodeURIComponent(name)}`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What workers of this tenant can do, to be written into a policy. */
export const capabilityNames = queryOptions<readonly string[], Error>({
  queryKey: ['capabilities', 'names'],
  queryFn: async ({ signal }) =>
    (
      await getJson<{ readonly capabilities: readonly { readonly capability_id: string }[] }>(
        '/wcp/capabilities',
        { limit: 200 },
        signal,
      )
    ).capabilities.map(({ capability_id }) => capability_id),
  retry: false,
});
