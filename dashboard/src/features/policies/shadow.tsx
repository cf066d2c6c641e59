/** A candidate that is compared with every real decision since it was set up; it decides nothing. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendEmpty, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Figures } from '../../ui/stat.tsx';
import { Empty, Failed, Loaded, Loading } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { ChangedTable } from './backtest.tsx';
import { type Draft, readable } from './draft.ts';
import type { Changed } from './types.ts';

interface Shadow {
  readonly content: string;
  readonly created_at: string;
  readonly created_by: string;
}

interface Summary {
  readonly decisions: number;
  readonly diffs: {
    readonly escalated: number;
    readonly relaxed: number;
    readonly unchanged: number;
    readonly unknown: number;
  };
  readonly next_cursor: string | null;
}

const RENEW_MS = 10_000;

const pathOf = (bundleId: string): string =>
  `/api/v1/policy/shadows/${encodeURIComponent(bundleId.replaceAll('/', '~'))}`;

/** Totals travel in the cursor, so the last page has those of all. */
const wholeSummary = async (path: string, signal: AbortSignal): Promise<Summary> => {
  for (let cursor: string | null = null; ; ) {
    const page: Summary = await getJson<Summary>(`${path}/results/summary`, { cursor }, signal);
    if (page.next_cursor === null) return page;
    cursor = page.next_cursor;
  }
};

interface ChangedPage {
  readonly items: readonly Changed[];
  readonly next_cursor: string | null;
}

const Differences = ({ path }: { path: string }) => {
  const query = useInfiniteQuery({
    queryKey: ['policies', 'shadow', path, 'items'],
    queryFn: ({ pageParam, signal }) =>
      getJson<ChangedPage>(`${path}/results/comparisons`, { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : RENEW_MS),
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.data === undefined) {
    return query.error === null ? <Loading what="differences" /> : <Failed error={query.error} />;
  }
  return (
    <div className="space-y-3">
      {items.length === 0 ? (
        <Empty title={query.hasNextPage ? 'It did not say otherwise at first' : 'It has not said otherwise yet'} />
      ) : (
        <ChangedTable caption="Where it would have said otherwise" changes={items} />
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Look through later decisions
        </Button>
      )}
    </div>
  );
};

const Results = ({ path }: { path: string }) => {
  const summary = useQuery<Summary, Error>({
    queryKey: ['policies', 'shadow', path, 'summary'],
    queryFn: ({ signal }) => wholeSummary(path, signal),
    refetchInterval: RENEW_MS,
  });
  return (
    <Loaded query={summary} what="what it would have said">
      {({ decisions, diffs }) => (
        <div className="space-y-4">
          <Figures
            figures={[
              { label: 'decisions since', value: decisions.toLocaleString() },
              { label: 'stricter', value: diffs.escalated, tone: diffs.escalated > 0 ? 'deny' : 'ink' },
              { label: 'looser', value: diffs.relaxed, tone: diffs.relaxed > 0 ? 'hold' : 'ink' },
              { label: 'the same', value: diffs.unchanged },
              { label: 'cannot be known', value: diffs.unknown },
            ]}
          />
          <Differences path={path} />
        </div>
      )}
    </Loaded>
  );
};

export const ShadowTab = ({ draft }: { draft: Draft }) => {
  const queries = useQueryClient();
  const path = pathOf(draft.bundleId);
  const shadow = useQuery<Shadow | null, Error>({
    queryKey: ['policies', 'shadow', path],
    queryFn: async ({ signal }) => {
      const { items } = await getJson<{ readonly items: readonly { readonly bundle_id: string }[] }>(
        '/api/v1/policy/shadows',
        {},
        signal,
      );
      return items.some(({ bundle_id }) => bundle_id === draft.bundleId) ? getJson<Shadow>(path, {}, signal) : null;
    },
  });
  const change = useMutation({
    mutationFn: async (verb: 'put' | 'end'): Promise<void> => {
      if (verb === 'put') await sendJson('PUT', path, { content: draft.text });
      else await sendEmpty('DELETE', path);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['policies', 'shadow'] }),
  });
  if (shadow.data === undefined) {
    return shadow.error === null ? (
      <Loading what="the shadow" />
    ) : (
      <Failed error={shadow.error} retry={() => void shadow.refetch()} />
    );
  }
  return (
    <div className="space-y-4">
      {change.error !== null && <Failed error={change.error} />}
      {shadow.data === null ? (
        <Empty title="No shadow is set up for this bundle">
          <p>A shadow is compared with every real decision from now on, and decides nothing.</p>
          <Button
            kind="primary"
            needs="policy:write"
            className="mt-3"
            busy={change.isPending}
            onClick={() => change.mutate('put')}
          >
            Shadow the text in the editor
          </Button>
        </Empty>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="text-soft">
              Since <Time at={shadow.data.created_at} />, by{' '}
              <code className="wrap-anywhere">{shadow.data.created_by}</code>
            </p>
            <div className="flex gap-2">
              {shadow.data.content !== draft.text && (
                <Button needs="policy:write" busy={change.isPending} onClick={() => change.mutate('put')}>
                  Begin anew with the editor’s text
                </Button>
              )}
              <Button kind="danger" needs="policy:write" busy={change.isPending} onClick={() => change.mutate('end')}>
                End it
              </Button>
            </div>
          </div>
          <Results path={path} />
          <details>
            <summary className="cursor-pointer font-medium">What it says otherwise than what is in force</summary>
            <div className="mt-2">
              <DiffView
                label="The shadow"
                before={readable(draft.inForce ?? '')}
                after={readable(shadow.data.content)}
              />
            </div>
          </details>
        </>
      )}
    </div>
  );
};
