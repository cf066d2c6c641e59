/** One ban: whom it names and why, how far it has spread, and which receipts of this tenant used what it names. */

import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Ban, NetworkBan } from '../../api/types.ts';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { Appeal } from './appeal-dialog.tsx';
import { Impact } from './impact.tsx';
import { networkBan, ownBans } from './queries.ts';
import { Spread } from './spread.tsx';
import { BanStatus } from './status.tsx';
import { targetKind, targetText } from './target.ts';

const Said = ({ ban, more = [] }: { ban: Ban; more?: readonly (readonly [string, ReactNode])[] }) => (
  <Card title="The ban">
    <Facts
      rows={[
        ['Names', <Mono key="target">{targetText(ban.target)}</Mono>],
        ['That is', targetKind(ban.target)],
        ['Reason', ban.reason],
        [
          'Evidence',
          ban.evidence_url === null ? (
            'none given'
          ) : (
            <a key="evidence" href={ban.evidence_url} rel="noreferrer" className="wrap-anywhere underline">
              {ban.evidence_url}
            </a>
          ),
        ],
        ['Issued', <Time key="issued" at={ban.issued_at} />],
        ['Until', ban.expires_at === null ? 'it is lifted' : <Time key="until" at={ban.expires_at} />],
        ...more,
        ['Id', <Mono key="id">{ban.ban_id}</Mono>],
      ]}
    />
  </Card>
);

const OfNetwork = ({ ban }: { ban: NetworkBan }) => (
  <>
    <div className="flex flex-wrap items-center gap-3">
      <BanStatus status={ban.status} />
      {(ban.status === 'effective' || ban.status === 'pending') && <Appeal banId={ban.ban_id} />}
    </div>
    <Spread ban={ban} />
    <Said
      ban={ban}
      more={[
        ['Epoch', String(ban.epoch)],
        ...(ban.lifted_at === null ? [] : [['Lifted', <Time key="lifted" at={ban.lifted_at} />] as const]),
      ]}
    />
    <Impact list="network" banId={ban.ban_id} />
  </>
);

const NetworkDetail = ({ banId }: { banId: string }) => {
  const query = useQuery(networkBan(banId));
  return (
    <Loaded query={query} what="this ban">
      {(ban) => <OfNetwork ban={ban} />}
    </Loaded>
  );
};

const OwnDetail = ({ banId }: { banId: string }) => {
  const query = useQuery(ownBans);
  return (
    <Loaded query={query} what="this ban">
      {({ bans }) => {
        const ban = bans.find(({ ban_id }) => ban_id === banId);
        return ban === undefined ? (
          <Empty title="This ban does not hold any more">
            It was lifted or is over; the audit of administrators has it.
          </Empty>
        ) : (
          <>
            <Badge tone="deny">in force in this tenant</Badge>
            <Said ban={ban} />
            <Impact list="own" banId={banId} />
          </>
        );
      }}
    </Loaded>
  );
};

export const BanPage = () => {
  const { list, banId } = useParams({ from: '/app/bans/$list/$banId' });
  return (
    <Page title={list === 'own' ? 'A ban of this tenant' : 'A ban of the network'}>
      {list === 'own' ? <OwnDetail banId={banId} /> : <NetworkDetail banId={banId} />}
    </Page>
  );
};
