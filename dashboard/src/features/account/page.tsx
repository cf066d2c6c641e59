/** One's own account: who one is, what one may do here, where one is signed in, the password, the end of it. */
import { useSession } from '../../session/session.ts';
import { Empty } from '../../ui/states.tsx';
import { Page } from '../../ui/table.tsx';
import { End } from './end.tsx';
import { Passkeys } from './passkeys.tsx';
import { Password } from './password.tsx';
import { Sessions } from './sessions.tsx';
import { You } from './you.tsx';

export const AccountPage = () => {
  const session = useSession();
  if (session?.kind !== 'person') {
    return (
      <Page title="Account">
        <Empty title="An API key has no account">Sign in as yourself to see yours.</Empty>
      </Page>
    );
  }
  return (
    <Page title="Account" lead="What belongs to you rather than to a tenant.">
      <You session={session} />
      <Sessions />
      <Passkeys />
      <Password />
      <End />
    </Page>
  );
};
