/** Who may not work: the bans of this tenant, which it issues and lifts, and those of the whole network. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import type { Ban, BanTarget } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { BanDialog } from './ban-dialog.tsx';
import { LiftDialog } from './lift-dialog.tsx';

export const targetText = ({ worker_id, namespace, sha256 }: BanTarget): string =>
  worker_id ?? (namespace === undefined ? (sha256 ?? '') : `${namespace}.*`);

const KIND = ({ worker_id, namespace }: BanTarget): string =>
  worker_id !== undefined ? 'worker' : namespace !== undefined ? 'namespace' : 'code';

const COLUMNS: readonly Column<Ban>[] = [
  {
    head: 'Banned',
    cell: ({ target }) => (
      <>
        <code className="break-all font-medium">{targetText(target)}</code>
        <div className="text-xs text-soft">{KIND(target)}</div>
      </>
    ),
  },
  { head: 'Reason', cell: ({ reason }) => reason, className: 'min-w-48' },
  { head: 'Since', cell: ({ issued_at }) => <Time at={issued_at} /> },
  { head: 'Until', cell: ({ expires_at }) => (expires_at === null ? 'no end' : <Time at={expires_at} />) },
];

type BanList = { readonly bans: readonly Ban[] };

export const BansPage = () => {
  const queries = useQueryClient();
  const [banning, setBanning] = useState(false);
  const [lifting, setLifting] = useState<Ban | null>(null);
  const own = useQuery<BanList, Error>({
    queryKey: ['bans'],
    queryFn: ({ signal }) => getJson('/v1/bans', {}, signal),
  });
  const network = useQuery<BanList, Error>({
    queryKey: ['network-bans'],
    queryFn: ({ signal }) => getJson('/v1/network/bans', { limit: 100 }, signal),
    refetchInterval: 5_000,
  });
  const lift = useMutation({
    mutationFn: ({ ban, reason }: { ban: Ban; reason: string }) =>
      sendJson('POST', `/v1/bans/${encodeURIComponent(ban.ban_id)}/lift`, { reason }),
    onSuccess: () => {
      setLifting(null);
      return queries.invalidateQueries({ queryKey: ['bans'] });
    },
  });
  return (
    <Page
      title="Ban list"
      lead="A banned worker gets no further dispatch: its open grants die and its open work fails. Bans of the network hold in every Hall."
      action={
        <Button kind="danger" onClick={() => setBanning(true)}>
          Ban a worker
        </Button>
      }
    >
      <Card title="Bans of this tenant">
        <Loaded query={own} what="bans">
          {({ bans }) =>
            bans.length === 0 ? (
              <Empty title="This tenant bans nobody">
                A ban here holds for this tenant only, from the next decision.
              </Empty>
            ) : (
              <Table
                caption="Bans of this tenant"
                columns={[
                  ...COLUMNS,
                  { head: 'Lift', cell: (ban) => <Button onClick={() => setLifting(ban)}>Lift …</Button> },
                ]}
                rows={bans}
                rowKey={({ ban_id }) => ban_id}
              />
            )
          }
        </Loaded>
      </Card>
      <Card title="Bans of the network">
        <Loaded query={network} what="the bans of the network">
          {({ bans }) =>
            bans.length === 0 ? (
              <Empty title="The network bans nobody">Operators issue these; the feed is public and signed.</Empty>
            ) : (
              <Table
                caption="Bans of the network"
                columns={[
                  ...COLUMNS,
                  {
                    head: 'State',
                    cell: ({ status, epoch }) => (
                      <>
                        <Badge tone={status === 'lifted' ? 'plain' : 'deny'}>{status ?? 'in force'}</Badge>
                        <div className="text-xs text-soft">epoch {epoch}</div>
                      </>
                    ),
                  },
                ]}
                rows={bans}
                rowKey={({ ban_id }) => ban_id}
              />
            )
          }
        </Loaded>
      </Card>
      <BanDialog open={banning} onClose={() => setBanning(false)} />
      <LiftDialog
        ban={lifting}
        error={lift.error}
        busy={lift.isPending}
        onClose={() => setLifting(null)}
        onLift={(ban, reason) => lift.mutate({ ban, reason })}
      />
    </Page>
  );
};
