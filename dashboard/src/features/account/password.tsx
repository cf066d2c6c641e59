/** A new password, for those who know the old one. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { sendJson } from '../../api/http.ts';
import { fieldsOf, Trouble, wrongWith } from '../../session/door/frame.tsx';
import { PASSWORD_HINT } from '../../session/door/sign-up.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';

export const Password = () => {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const task = useMutation({
    mutationFn: (body: { current_password: string; password: string }) =>
      sendJson('POST', '/v1/account/password', body),
    onSuccess: () => {
      form.current?.reset();
      return queries.invalidateQueries({ queryKey: ['account', 'sessions'] });
    },
  });
  return (
    <Card title="Password">
      <form
        ref={form}
        className="max-w-md space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          task.mutate({ current_password: field('current-password'), password: field('password') });
        }}
      >
        {task.isSuccess && <Notice tone="allow">It is changed, and every other session has ended.</Notice>}
        <Trouble error={task.error} />
        <Field label="Current password">
          <Input name="current-password" type="password" autoComplete="current-password" required maxLength={128} />
        </Field>
        <Field label="New password" hint={PASSWORD_HINT} error={wrongWith(task.error, 'password')}>
          <Input name="password" type="password" autoComplete="new-password" required minLength={12} maxLength={128} />
        </Field>
        <Button type="submit" busy={task.isPending}>
          Change the password
        </Button>
      </form>
    </Card>
  );
};
