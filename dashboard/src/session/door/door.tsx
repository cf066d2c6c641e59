/** What is shown before the screens: whoever is not let in yet finds the next thing to do. */
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { Failed, Loading } from '../../ui/states.tsx';
import { resume } from '../account.ts';
import { useInvitation, useLink } from '../link.ts';
import { identityOf, useSession } from '../session.ts';
import { Arrival, Invited } from './arrivals.tsx';
import { ForgotPassword } from './forgot.tsx';
import { Frame } from './frame.tsx';
import { KeyDoor } from './key.tsx';
import { SignIn } from './sign-in.tsx';
import { SignUp } from './sign-up.tsx';
import { ChooseTenant } from './tenants.tsx';

/** By address; at every other one, signing in, and then what the address names. */
const FORMS: Readonly<Record<string, () => ReactNode>> = {
  '/sign-up': SignUp,
  '/forgot-password': ForgotPassword,
  '/sign-in/key': KeyDoor,
};

const Resuming = () => {
  const asked = useQuery({ queryKey: ['session'], queryFn: () => resume().then(() => null) });
  return (
    <Frame title="Welcome back">
      {asked.error === null ? (
        <Loading what="your session" />
      ) : (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      )}
    </Frame>
  );
};

/** The screens for whoever is let in, the door for everybody else. */
export const Door = ({ children }: { children: ReactNode }) => {
  const session = useSession();
  const link = useLink();
  const invitation = useInvitation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (link !== null) return <Arrival link={link} />;
  if (session === undefined) return <Resuming />;
  if (session === null) {
    const Form = FORMS[path] ?? SignIn;
    return <Form />;
  }
  if (session.kind === 'person') {
    if (invitation !== null) return <Invited token={invitation} email={session.user.email} />;
    if (session.tenant === null) return <ChooseTenant session={session} />;
  }
  // Screens begin anew for another identity: what they have asked for is forgotten.
  return <Fragment key={identityOf(session)}>{children}</Fragment>;
};
