/** In which tenant: the choice among several, and a new one for those who are in none. */
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { createTenant, leave, resume } from '../account.ts';
import { chooseTenant, type PersonSession, roleName } from '../session.ts';
import { Frame, fieldsOf, Trouble, wrongWith } from './frame.tsx';

const EndDialog = lazy(async () => ({ default: (await import('../../features/account/end.tsx')).EndDialog }));

export const ChooseTenant = ({ session }: { session: PersonSession }) => {
  const { tenants, user } = session;
  const [making, setMaking] = useState(tenants.length === 0);
  if (making) return <NewTenant hasOthers={tenants.length > 0} onBack={() => setMaking(false)} email={user.email} />;
  return (
    <Frame title="Choose a tenant" lead={`Signed in as ${user.email}`}>
      <ul className="space-y-2">
        {tenants.map(({ tenant, role }) => (
          <li key={tenant}>
            <Button className="w-full justify-between" onClick={() => chooseTenant(tenant)}>
              <span className="truncate">{tenant}</span>
              <span className="font-normal text-soft">{roleName(role)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button kind="quiet" onClick={() => setMaking(true)}>
          Make another one
        </Button>
        <Leaving />
      </div>
    </Frame>
  );
};

/** The account is reached from within a tenant; who is in none may end it, too. */
const Leaving = () => {
  const [ending, setEnding] = useState(false);
  return (
    <>
      <Button kind="quiet" onClick={() => void leave('person')}>
        Sign out
      </Button>
      <Button kind="quiet" onClick={() => setEnding(true)}>
        Delete my account
      </Button>
      {ending && (
        <Suspense>
          <EndDialog open onClose={() => setEnding(false)} />
        </Suspense>
      )}
    </>
  );
};

interface NewTenantProps {
  readonly email: string;
  readonly hasOthers: boolean;
  readonly onBack: () => void;
}

const NewTenant = ({ email, hasOthers, onBack }: NewTenantProps) => {
  const task = useMutation({ mutationFn: createTenant });
  const enter = useMutation({
    mutationFn: async (tenant: string) => {
      chooseTenant(tenant);
      await resume();
    },
  });
  if (task.isSuccess) {
    const { tenant, api_key: key } = task.data;
    return (
      <Frame title="Your tenant is there">
        <Notice tone="hold">
          This is its first API key. It opens everything and is shown this once: put it where secrets are kept.
        </Notice>
        <code className="block select-all wrap-anywhere rounded-md bg-raised p-3">{key}</code>
        <Button kind="primary" className="w-full" busy={enter.isPending} onClick={() => enter.mutate(tenant)}>
          I have kept it
        </Button>
      </Frame>
    );
  }
  return (
    <Frame
      title="Make a tenant"
      lead={
        hasOthers
          ? 'A tenant has its own rules, workers, people and ledger.'
          : `${email} belongs to no tenant yet. Make one, or follow the link of an invitation.`
      }
    >
      <Trouble error={task.error} />
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          const jurisdiction = field('jurisdiction');
          task.mutate({
            tenant: field('tenant'),
            name: field('name'),
            ...(jurisdiction === '' ? {} : { jurisdiction }),
          });
        }}
      >
        <Field
          label="Id"
          hint="3 to 40 of a-z, 0-9 and hyphens. It is in keys and addresses, and never changes."
          error={wrongWith(task.error, 'tenant')}
        >
          <Input name="tenant" required minLength={3} maxLength={40} spellCheck={false} autoComplete="off" autoFocus />
        </Field>
        <Field label="Name" error={wrongWith(task.error, 'name')}>
          <Input name="name" required maxLength={200} autoComplete="organization" />
        </Field>
        <Field label="Where its records are kept" hint="It stays there, and the id begins with it.">
          <Select name="jurisdiction" defaultValue="">
            <option value="">anywhere</option>
            <option value="eu">in the European Union</option>
            <option value="fedramp">in FedRAMP regions</option>
          </Select>
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Make it
        </Button>
      </form>
      <div className="flex flex-wrap gap-2">
        {hasOthers && (
          <Button kind="quiet" onClick={onBack}>
            Back
          </Button>
        )}
        <Leaving />
      </div>
    </Frame>
  );
};
