/** Settings that are kept together: what the form holds, whether it was kept, and the button that keeps it. */
import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Failed, Notice } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import type { Change } from './change.ts';

export const SettingsForm = ({
  title,
  change,
  read,
  children,
}: {
  title: string;
  change: Change;
  read: (data: FormData) => Parameters<Change['mutate']>[0];
  children: ReactNode;
}) => (
  <Card title={title}>
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(read(new FormData(event.currentTarget)));
      }}
    >
      {children}
      {change.error !== null && <Failed error={change.error} />}
      {change.isSuccess && <Notice tone="allow">Kept. It holds from the next decision.</Notice>}
      <Button type="submit" kind="primary" needs="hall:admin" busy={change.isPending}>
        Keep
      </Button>
    </form>
  </Card>
);
