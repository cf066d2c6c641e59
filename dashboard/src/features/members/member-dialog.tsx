/** The two changes of a member: another role, or the end of the membership. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../../api/http.ts';
import { resume } from '../../session/account.ts';
import { fieldsOf } from '../../session/door/frame.tsx';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { RoleChoice } from './role-choice.tsx';
import { labelOf } from './roles.ts';

export interface Member {
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly since: string;
}

export interface MemberChange {
  readonly act: 'role' | 'remove';
  readonly member: Member;
}

export interface MemberDialogProps {
  readonly change: MemberChange | null;
  readonly isOwner: boolean;
  readonly me: string | null;
  readonly onClose: () => void;
}

interface MadeKey {
  readonly key_id: string;
  readonly name: string;
  readonly status: string;
  readonly created_by: string | null;
}

/** What ends with somebody: told by name, so that nobody is surprised by what stops. */
const KeysKept = ({ userId, isMe }: { userId: string; isMe: boolean }) => {
  const maySee = useMay('hall:admin');
  const { data } = useQuery<{ keys: readonly MadeKey[] }, Error>({
    queryKey: ['keys', 'made'],
    queryFn: ({ signal }) => getJson('/v1/keys', { limit: 200 }, signal),
    enabled: maySee,
  });
  const made = (data?.keys ?? []).filter(
    ({ created_by: by, status }) => by === userId && (status === 'active' || status === 'ending'),
  );
  const who = isMe ? 'I' : 'they';
  return (
    <label className="flex items-start gap-2">
      <input type="checkbox" name="keep" className="mt-0.5 size-5 shrink-0 accent-accent" />
      <span className="min-w-0">
        Let API keys that {who} made work on
        <span className="block text-xs text-soft wrap-anywhere">
          Otherwise those that open more than {who} may from then on are revoked at once, with those that were made by
          them.
          {made.length > 0 && ` Made by ${isMe ? 'me' : 'them'}: ${made.map(({ name }) => name).join(', ')}.`}
        </span>
      </span>
    </label>
  );
};

export const MemberDialog = ({ change, isOwner, me, onClose }: MemberDialogProps) => {
  const queries = useQueryClient();
  const isMe = change?.member.user_id === me;
  const task = useMutation({
    mutationFn: async ({ role, keep }: { readonly role: string | null; readonly keep: boolean }) => {
      const path = `/v1/members/${encodeURIComponent(change?.member.user_id ?? '')}`;
      await (role === null
        ? sendJson('DELETE', `${path}?keep_keys=${keep}`)
        : sendJson('PATCH', path, { role, keep_keys: keep }));
      // What I may do has changed, too.
      if (isMe) await resume();
    },
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries();
    },
  });
  const close = (): void => {
    task.reset();
    onClose();
  };
  const { email = '', role = '' } = change?.member ?? {};
  const removes = change?.act === 'remove';
  return (
    <Dialog
      open={change !== null}
      onClose={close}
      title={removes ? (isMe ? 'Leave this tenant' : 'Remove a member') : 'Change a role'}
      description={
        removes
          ? `${email}, ${labelOf(role)}, loses all access to this tenant with the next request.`
          : `${email} is ${labelOf(role)}. A new role holds from the next request.`
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          task.mutate({ role: removes ? null : field('role'), keep: field('keep') === 'on' });
        }}
      >
        {change?.act === 'role' && <RoleChoice key={change.member.user_id} initial={role} isOwner={isOwner} />}
        {change !== null && <KeysKept userId={change.member.user_id} isMe={isMe} />}
        {task.error !== null && <Failed error={task.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind={removes ? 'danger' : 'primary'} busy={task.isPending}>
            {removes ? (isMe ? 'Leave' : 'Remove') : 'Change'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
