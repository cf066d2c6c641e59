/** The kill switch (everything is denied, and what was granted does not start), and the end of the tenant. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import type { Health } from '../../api/types.ts';
import { useRole, useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed, Loaded } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { EndTenant } from './end.tsx';

export const Danger = () => {
  const queries = useQueryClient();
  const tenant = useSession()?.tenant ?? '';
  const isOwner = useRole() === 'owner';
  const [isAsking, setIsAsking] = useState(false);
  const health = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
  });
  const flip = useMutation({
    mutationFn: (to: 'online' | 'offline') => sendJson('POST', `/api/server/go-${to}`, {}),
    onSuccess: () => setIsAsking(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['health'] }),
  });
  return (
    <Card title="Danger zone">
      <div className="space-y-4">
        <Loaded query={health} what="whether the Hall is open">
          {({ online, standing }) => (
            <div className="space-y-2">
              <div className="flex flex-wrap items-center justify-between gap-3">
                <p className="min-w-0 flex-1 basis-72">
                  <Badge tone={online ? 'allow' : 'deny'}>{online ? 'the Hall is open' : 'the Hall is stopped'}</Badge>{' '}
                  <span className="text-soft">
                    Stopped, every question is denied and nothing that was granted starts.
                  </span>
                </p>
                {online ? (
                  <Button kind="danger" needs="hall:admin" onClick={() => setIsAsking(true)}>
                    Stop everything …
                  </Button>
                ) : (
                  <Button kind="primary" needs="hall:admin" busy={flip.isPending} onClick={() => flip.mutate('online')}>
                    Open the Hall again
                  </Button>
                )}
              </div>
              {standing !== 'ok' && (
                <p>
                  <Badge tone="deny">{standing}</Badge> The account is {standing}, on the operator’s word.
                </p>
              )}
              {flip.error !== null && !isAsking && <Failed error={flip.error} />}
            </div>
          )}
        </Loaded>
        <div className="border-t border-line pt-4">
          {isOwner ? (
            <EndTenant tenant={tenant} />
          ) : (
            <p className="text-soft">Ending the tenant is for its owners, signed in as themselves.</p>
          )}
        </div>
      </div>
      <Dialog
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title="Stop everything"
        description="From the next question on everything is denied, with a receipt each. Work that was granted and has not started does not start."
      >
        <div className="space-y-4">
          {flip.error !== null && <Failed error={flip.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Keep it open</Button>
            <Button kind="danger" busy={flip.isPending} onClick={() => flip.mutate('offline')}>
              Stop everything
            </Button>
          </div>
        </div>
      </Dialog>
    </Card>
  );
};
