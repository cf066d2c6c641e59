/** Taking a profile out: one person asks, another agrees within a day. Until then it holds. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed, Notice } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { addressOf, postureNow } from './queries.ts';
import type { Profile } from './types.ts';

export const RemovalPart = ({ profile }: { profile: Profile }) => {
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const posture = useQuery(postureNow);
  const own = profile.active.filter(({ via }) => via === null);
  const say = useMutation({
    mutationFn: (verb: 'activate' | 'deactivate') =>
      sendJson('POST', `${addressOf(profile.profile_id)}/${verb}`, { version: profile.version }),
    onSuccess: () => setIsAsking(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['profiles'] }),
  });
  if (own.length === 0) return null;
  const asked = posture.data?.removals.find(({ profile: name }) => name === `${profile.profile_id}@${profile.version}`);
  if (asked !== undefined) {
    return (
      <Notice tone="hold">
        <p>
          {asked.requested_by.kind} <code>{asked.requested_by.id}</code> asked to take it out. It holds until somebody
          else agrees; the request ends <Time at={asked.expires_at} />.
        </p>
        {say.error !== null && <Failed error={say.error} />}
        <div className="mt-2 flex flex-wrap gap-2">
          <Button kind="danger" needs="hall:admin" busy={say.isPending} onClick={() => say.mutate('deactivate')}>
            Agree and take it out
          </Button>
          <Button needs="hall:admin" busy={say.isPending} onClick={() => say.mutate('activate')}>
            Keep it
          </Button>
        </div>
      </Notice>
    );
  }
  return (
    <>
      <Button kind="danger" needs="hall:admin" onClick={() => setIsAsking(true)}>
        Take it out …
      </Button>
      <Dialog
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Take ${profile.document.title} out`}
        description="This weakens the Hall, so it takes two: you ask now, and somebody with another credential agrees within 24 hours. Until then it holds."
      >
        <div className="space-y-4">
          {say.error !== null && <Failed error={say.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Keep it</Button>
            <Button kind="danger" busy={say.isPending} onClick={() => say.mutate('deactivate')}>
              Ask to take it out
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
};
