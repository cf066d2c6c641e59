/** Who is signed in, in which tenant and role; where somebody is in several, the choice among them. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { leave } from '../session/account.ts';
import { chooseTenant, membershipOf, roleName, useSession } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Field, Select } from '../ui/field.tsx';

export const Who = ({ onGo }: { onGo: () => void }) => {
  const session = useSession();
  if (session === null || session === undefined) return null;
  const role = membershipOf(session)?.role;
  return (
    <div className="space-y-2 px-2">
      {session.kind === 'person' && session.tenants.length > 1 ? (
        <Field label="Tenant">
          <Select value={session.tenant ?? ''} onChange={({ target }) => chooseTenant(target.value)}>
            {session.tenants.map(({ tenant }) => (
              <option key={tenant}>{tenant}</option>
            ))}
          </Select>
        </Field>
      ) : (
        <div>
          <p className="text-xs text-soft">Tenant</p>
          <p className="truncate font-medium">{session.tenant}</p>
        </div>
      )}
      {session.kind === 'person' && (
        <div className="min-w-0">
          <p className="text-xs text-soft">Signed in{role === undefined ? '' : ` as ${roleName(role)}`}</p>
          <Link
            to="/app/account"
            onClick={onGo}
            className="block truncate font-medium underline"
            title={session.user.email}
          >
            {session.user.name}
          </Link>
        </div>
      )}
    </div>
  );
};

export const SignOut = () => {
  const session = useSession();
  const task = useMutation({ mutationFn: () => leave(session?.kind ?? 'key') });
  return (
    <Button kind="quiet" busy={task.isPending} onClick={() => task.mutate()}>
      {task.isError ? 'Sign out: try again' : 'Sign out'}
    </Button>
  );
};
