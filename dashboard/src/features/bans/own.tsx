/** Bans of this tenant: they hold here alone, from the next decision, and are lifted here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import type { Ban } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Loaded, Notice } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { BAN_COLUMNS, banLink } from './columns.tsx';
import { LiftDialog } from './lift-dialog.tsx';
import { ownBans } from './queries.ts';
import { targetText } from './target.ts';

export const OwnBans = () => {
  const queries = useQueryClient();
  const [lifting, setLifting] = useState<Ban | null>(null);
  const query = useQuery(ownBans);
  const lift = useMutation({
    mutationFn: ({ ban, reason }: { ban: Ban; reason: string }) =>
      sendJson('POST', `/v1/bans/${encodeURIComponent(ban.ban_id)}/lift`, { reason }),
    onSuccess: () => {
      setLifting(null);
      return queries.invalidateQueries({ queryKey: ['bans'] });
    },
  });
  return (
    <>
      {lift.isSuccess && <Notice tone="allow">{targetText(lift.variables.ban.target)} may be chosen again.</Notice>}
      <Loaded query={query} what="bans">
        {({ bans }) =>
          bans.length === 0 ? (
            <Empty title="This tenant bans nobody">
              A ban here holds for this tenant only, from the next decision. Open grants of the worker die with it.
            </Empty>
          ) : (
            <Table
              caption="Bans of this tenant"
              columns={[
                banLink('own'),
                ...BAN_COLUMNS,
                {
                  head: 'Lift',
                  cell: (ban: Ban) => (
                    <Button needs="hall:admin" onClick={() => setLifting(ban)}>
                      Lift …
                    </Button>
                  ),
                },
              ]}
              rows={bans}
              rowKey={({ ban_id }) => ban_id}
            />
          )
        }
      </Loaded>
      <LiftDialog
        ban={lifting}
        error={lift.error}
        busy={lift.isPending}
        onClose={() => {
          lift.reset();
          setLifting(null);
        }}
        onLift={(ban, reason) => lift.mutate({ ban, reason })}
      />
    </>
  );
};
