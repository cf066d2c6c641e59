/** One's own account: what one may do here, where one is signed in, the password. */
import { membershipOf, roleName, useSession } from '../../session/session.ts';
import { Empty } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Passkeys } from './passkeys.tsx';
import { Password } from './password.tsx';
import { Sessions } from './sessions.tsx';

export const AccountPage = () => {
  const session = useSession();
  if (session?.kind !== 'person') {
    return (
      <Page title="Account">
        <Empty title="An API key has no account">Sign in as yourself to see yours.</Empty>
      </Page>
    );
  }
  const { user } = session;
  const here = membershipOf(session);
  return (
    <Page title="Account" lead="What belongs to you rather than to a tenant.">
      <Card title="You">
        <Facts
          rows={[
            ['Name', user.name],
            ['E-mail', user.email],
            ['Id in ledgers', <Mono key="id">{user.user_id}</Mono>],
            ['Role here', here === null ? '—' : roleName(here.role)],
            ['It may', <code key="may">{here?.permissions.join(' ') ?? '—'}</code>],
          ]}
        />
      </Card>
      <Sessions />
      <Passkeys />
      <Password />
    </Page>
  );
};
