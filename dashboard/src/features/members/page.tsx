/** Who works in this tenant, in which role; who is invited. Each change is an entry of the ledger. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import { membershipOf, useMay, useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Failed, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { type Member, type MemberChange, MemberDialog } from './member-dialog.tsx';
import { labelOf, ROLES } from './roles.ts';

interface Invitation {
  readonly invitation_id: string;
  readonly email: string;
  readonly role: string;
  readonly expires_at: string;
}

const Invitations = ({ mayManage }: { mayManage: boolean }) => {
  const queries = useQueryClient();
  const query = useQuery<{ invitations: readonly Invitation[] }, Error>({
    queryKey: ['invitations'],
    queryFn: ({ signal }) => getJson('/v1/invitations', {}, signal),
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => sendJson('DELETE', `/v1/invitations/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const columns: readonly Column<Invitation>[] = [
    { head: 'E-mail', cell: ({ email }) => email },
    { head: 'Role', cell: ({ role }) => labelOf(role) },
    { head: 'Until', cell: ({ expires_at }) => <Time at={expires_at} /> },
    ...(mayManage
      ? [
          {
            head: 'Act',
            cell: ({ invitation_id, email }: Invitation) => (
              <Button
                aria-label={`Withdraw the invitation of ${email}`}
                busy={withdraw.isPending && withdraw.variables === invitation_id}
                onClick={() => withdraw.mutate(invitation_id)}
              >
                Withdraw
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <Card title="Invited">
      <div className="space-y-3">
        {withdraw.error !== null && <Failed error={withdraw.error} />}
        <Loaded query={query} what="invitations">
          {({ invitations }) =>
            invitations.length === 0 ? (
              <p className="text-soft">Nobody is waiting to join.</p>
            ) : (
              <Table
                caption="Invitations"
                columns={columns}
                rows={invitations}
                rowKey={({ invitation_id }) => invitation_id}
              />
            )
          }
        </Loaded>
      </div>
    </Card>
  );
};

export const MembersPage = () => {
  const session = useSession();
  const me = session?.kind === 'person' ? session.user.user_id : null;
  const isOwner = session?.kind === 'key' || membershipOf(session)?.role === 'owner';
  const mayManage = useMay('members:manage');
  const [inviting, setInviting] = useState(false);
  const [change, setChange] = useState<MemberChange | null>(null);
  const query = useQuery<{ members: readonly Member[] }, Error>({
    queryKey: ['members'],
    queryFn: ({ signal }) => getJson('/v1/members', { limit: 200 }, signal),
  });
  const mayChange = ({ role }: Member): boolean => mayManage && (isOwner || role !== 'owner');
  const columns: readonly Column<Member>[] = [
    {
      head: 'Member',
      cell: ({ name, email, user_id }) => (
        <>
          <span className="font-medium">{name}</span> {user_id === me && <Badge tone="plain">you</Badge>}
          <div className="text-xs text-soft">{email}</div>
        </>
      ),
    },
    { head: 'Role', cell: ({ role }) => labelOf(role) },
    { head: 'Since', cell: ({ since }) => <Time at={since} /> },
    {
      head: 'Act',
      className: 'min-w-44',
      cell: (member) => (
        <div className="flex flex-wrap gap-2">
          {mayChange(member) && (
            <Button aria-label={`Change role of ${member.email}`} onClick={() => setChange({ act: 'role', member })}>
              Change role
            </Button>
          )}
          {(mayChange(member) || member.user_id === me) && (
            <Button
              aria-label={member.user_id === me ? 'Leave this tenant' : `Remove ${member.email}`}
              onClick={() => setChange({ act: 'remove', member })}
            >
              {member.user_id === me ? 'Leave' : 'Remove'}
            </Button>
          )}
        </div>
      ),
    },
  ];
  return (
    <Page
      title="Members"
      changes="members:manage"
      lead="People of this tenant. Whoever signs in acts under their own name, and the ledger keeps it."
      action={
        mayManage && (
          <Button kind="primary" onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        )
      }
    >
      <Loaded query={query} what="members">
        {({ members }) =>
          members.length === 0 ? (
            <Empty title="This tenant has no people yet">It is used with API keys alone. Invite somebody.</Empty>
          ) : (
            <Table caption="Members" columns={columns} rows={members} rowKey={({ user_id }) => user_id} />
          )
        }
      </Loaded>
      <Invitations mayManage={mayManage} />
      <Card title="Roles">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
          {ROLES.map(([id, label, may]) => (
            <div key={id} className="contents">
              <dt className="font-medium">{label}</dt>
              <dd className="text-soft">{may}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <InviteDialog open={inviting} isOwner={isOwner} onClose={() => setInviting(false)} />
      <MemberDialog change={change} isOwner={isOwner} me={me} onClose={() => setChange(null)} />
    </Page>
  );
};
