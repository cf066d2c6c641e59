/** The network's bans, newest first: they hold in every Hall, and this one asks for the list with every lease. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import type { Health, NetworkBan } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Empty, Failed, Loading, Notice } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { BAN_COLUMNS, banLink } from './columns.tsx';
import { networkBans } from './queries.ts';
import { BanStatus } from './status.tsx';
import { targetText } from './target.ts';

const Feed = () => {
  const { data } = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
    refetchInterval: 5_000,
  });
  if (data === undefined) return null;
  const { fresh, epoch, age_ms } = data.ban_feed;
  return (
    <p className="flex flex-wrap items-center gap-2 text-soft">
      <Badge tone={fresh ? 'allow' : 'hold'}>
        {fresh ? 'the list here is fresh' : 'the list here is asked for again'}
      </Badge>
      <span>
        up to epoch {epoch}
        {age_ms === null ? '' : `, ${Math.round(age_ms / 1000)} s old`}; without a fresh one nothing is dispatched.{' '}
        <a href="/v1/network/bans/feed" className="underline">
          The signed feed
        </a>{' '}
        is open to everybody.
      </span>
    </p>
  );
};

export const NetworkBans = () => {
  const [words, setWords] = useState('');
  const query = useInfiniteQuery(networkBans);
  const bans = (query.data?.pages.flatMap((page) => page.bans) ?? []).filter(({ target, reason }) =>
    `${targetText(target)} ${reason}`.toLowerCase().includes(words.trim().toLowerCase()),
  );
  if (query.data === undefined) {
    return query.error === null ? (
      <Loading what="the bans of the network" />
    ) : (
      <Failed error={query.error} retry={() => void query.refetch()} />
    );
  }
  return (
    <div className="space-y-3">
      <Feed />
      {query.error !== null && <Notice tone="hold">Not renewed: {query.error.message}.</Notice>}
      <Field label="Find a ban of the network">
        <Input
          type="search"
          value={words}
          placeholder="worker, namespace, hash or reason"
          onChange={({ target }) => setWords(target.value)}
        />
      </Field>
      {bans.length === 0 ? (
        <Empty title={words === '' ? 'The network bans nobody' : 'No ban is like that among those shown'}>
          Operators issue these; every Hall stops dispatching within one lease.
        </Empty>
      ) : (
        <Table
          caption="Bans of the network"
          columns={[
            banLink('network'),
            ...BAN_COLUMNS,
            {
              head: 'State',
              cell: ({ status, effective_at, epoch }: NetworkBan) => (
                <>
                  <BanStatus status={status} />
                  <div className="mt-0.5 text-xs text-soft">
                    epoch {epoch}
                    {effective_at !== null && (
                      <>
                        , effective <Time at={effective_at} />
                      </>
                    )}
                  </div>
                </>
              ),
            },
          ]}
          rows={bans}
          rowKey={({ ban_id }) => ban_id}
        />
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Older
        </Button>
      )}
    </div>
  );
};
